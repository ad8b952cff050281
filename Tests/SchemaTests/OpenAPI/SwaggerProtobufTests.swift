import Testing
import Values

@testable import Schema

@Suite struct SwaggerProtobufTests {
  /// The fields of a message: numbers with the contents of those that have any.
  private func fields(_ bytes: [UInt8]) throws -> [(number: UInt64, content: [UInt8])] {
    try bytes.withUnsafeBytes { buffer in
      var reader = ProtobufReader(buffer)
      var fields: [(UInt64, [UInt8])] = []
      while !reader.isAtEnd {
        let (number, wireType) = try reader.tag()
        if wireType == .lengthDelimited {
          fields.append((number, Array(try reader.content())))
        } else {
          try reader.skip(wireType)
          fields.append((number, []))
        }
      }
      return fields
    }
  }

  private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

  /// The content of the first field at a path of numbers.
  private func content(_ bytes: [UInt8], _ path: UInt64...) throws -> [UInt8] {
    var here = bytes
    for number in path { here = try #require(try fields(here).first { $0.number == number }).content }
    return here
  }

  private let documents = OpenAPIDocuments(catalog: .builtIn, version: "v1.36.0", digest: { _ in [1] })

  @Test func theDocumentHasTheEntriesOfTheJSONForm() throws {
    let json = try JSON.parse(documents.swagger().bytes)
    let message = documents.swaggerProtobuf().bytes
    #expect(text(try content(message, 1)) == "2.0")
    #expect(text(try content(message, 2, 2)) == "v1.36.0")
    for (section, entry, name) in [(8, 2, "paths"), (9, 1, "definitions"), (10, 1, "parameters")] {
      let entries = try fields(try content(message, UInt64(section)))
      #expect(entries.allSatisfy { $0.number == UInt64(entry) })
      let names = try entries.map { text(try content($0.content, 1)) }
      #expect(names == json[name]?.object?.keys)
    }
  }

  @Test func anOperationSaysItsKindAsYAML() throws {
    let paths = try fields(try content(documents.swaggerProtobuf().bytes, 8))
    let item = try #require(
      try paths.first { text(try content($0.content, 1)) == "/api/v1/namespaces/{namespace}/pods/{name}" })
    let patch = try content(item.content, 2, 8)
    #expect(text(try content(patch, 5)) == "patchCoreV1NamespacedPod")
    let extensions = try fields(patch).filter { $0.number == 13 }
    #expect(text(try content(extensions[1].content, 1)) == "x-kubernetes-group-version-kind")
    #expect(
      text(try content(extensions[1].content, 2, 2))
        == "{\"group\":\"\",\"kind\":\"Pod\",\"version\":\"v1\"}\n")
    let parameters = try fields(patch).filter { $0.number == 8 }
    #expect(text(try content(parameters[0].content, 2, 1)) == "#/parameters/dryRun")
    #expect(text(try content(parameters[4].content, 1, 1, 2)) == "body")
  }

  @Test func aSchemaIsItsPublishedFields() throws {
    var writer = SwaggerProtobuf()
    writer.entry(
      .definitions, "T",
      [
        "type": "object", "required": ["a"], "x-y": true, "maximum": 2.5,
        "properties": [
          "a": ["$ref": "#/definitions/A"], "b": ["type": "array", "items": ["type": "string"]],
        ],
        "additionalProperties": ["type": "integer", "format": "int32"],
      ])
    let schema = try content(writer.writer.bytes, 1, 2)
    #expect(text(try content(writer.writer.bytes, 1, 1)) == "T")
    #expect(text(try content(schema, 19)) == "a")
    #expect(text(try content(schema, 22, 1)) == "object")
    #expect(text(try content(schema, 21, 1, 2)) == "int32")
    let properties = try fields(try content(schema, 25))
    #expect(text(try content(properties[0].content, 2, 1)) == "#/definitions/A")
    #expect(text(try content(properties[1].content, 2, 23, 1, 22, 1)) == "string")
    #expect(text(try content(schema, 31, 2, 2)) == "true\n")
    #expect(try fields(schema).map(\.number) == [7, 19, 21, 22, 25, 31])
  }
}
