import Schema
import Testing
import Values

@testable import APIServer

/// What holds for the tables of all kinds.
@Suite struct KindTableTests: TableSuite {
  private static let resources = APICatalog.builtIn.groups.flatMap(\.versions).flatMap(\.resources)

  @Test func columnsAreThoseOfTheServer() {
    let table = KindTable(GroupVersionResource(group: "", version: "v1", resource: "configmaps"))
    #expect(
      table.columns == [
        ["name": "Name", "type": "string", "format": "name", "description": "", "priority": 0],
        ["name": "Data", "type": "string", "format": "", "description": "", "priority": 0],
        ["name": "Age", "type": "string", "format": "", "description": "", "priority": 0],
      ])
  }

  @Test(arguments: resources)
  func aRowHasACellForEachColumn(resource: APIResource) {
    let table = KindTable(resource.groupVersionResource)
    let shapes: [Value] = [
      [:], .null, "text", 7, [], ["metadata": []], ["metadata": ["name": 5]],
      ["metadata": ["name": "x"], "spec": [:], "status": [:]],
      ["metadata": "x", "spec": [1, 2], "status": "y"],
    ]
    for shape in shapes {
      expectFit(table.cells(shape, now: tableNow), table.columns, resource)
    }
  }

  @Test(arguments: resources)
  func noShapeOfAnObjectIsTooHostile(resource: APIResource) throws {
    let table = KindTable(resource.groupVersionResource)
    let type = try #require(TypeTable.builtIn.type(of: resource.groupVersionKind))
    var maker = HostileObjects(numbers: SeededNumbers(state: 1))
    for _ in 0..<40 {
      let object = maker.object(type, depth: 0)
      expectFit(table.cells(object, now: tableNow), table.columns, resource)
    }
  }

  /// As many cells as columns, numbers and truth values as such.
  private func expectFit(_ cells: [Value], _ columns: [Value], _ resource: APIResource) {
    #expect(cells.count == columns.count, "\(resource.groupResource)")
    for (cell, column) in zip(cells, columns) {
      switch column["type"]?.string {
      case "integer": #expect(cell.int != nil, "\(resource.groupResource) \(column)")
      // Cron jobs say in words whether they are suspended.
      case "boolean" where column["name"] == "Suspend":
        #expect(["True", "False", "<unset>"].contains(cell))
      case "boolean": #expect(cell.bool != nil, "\(resource.groupResource) \(column)")
      case "string": #expect(!cell.isNull, "\(resource.groupResource) \(column)")
      default: #expect(cell.string != nil, "\(resource.groupResource) \(column)")
      }
    }
  }

  @Test func kindsWithoutAPrinterShowTheMomentOfTheirCreation() {
    let role: Value = ["metadata": ["name": "reader", "creationTimestamp": "2026-01-02T03:04:05Z"]]
    #expect(cells("roles", group: "rbac.authorization.k8s.io", role) == ["reader", "2026-01-02T03:04:05Z"])
    #expect(cells("limitranges", ["metadata": ["name": "a"]]) == ["a", "0001-01-01T00:00:00Z"])
    #expect(cells("tokenreviews", group: "authentication.k8s.io", role)[0] == "reader")
    #expect(cells("deviceclasses", group: "resource.k8s.io", named("gpu")) == ["gpu", "5m"])
  }

  @Test func agesWithoutATimeAreUnknown() {
    #expect(cells("serviceaccounts", ["metadata": ["name": "a"]]) == ["a", "<unknown>"])
    let zero: Value = ["metadata": ["name": "a", "creationTimestamp": "0001-01-01T00:00:00Z"]]
    #expect(cells("serviceaccounts", zero) == ["a", "<unknown>"])
  }

  @Test func scale() {
    let scale = named("web", ["spec": ["replicas": 3], "status": ["replicas": 2]])
    #expect(ScaleTable().columns.map { $0["name"]?.string } == ["Name", "Desired", "Available", "Age"])
    #expect(ScaleTable().cells(scale, now: tableNow) == ["web", 3, 2, "5m"])
  }
}

/// Objects that have the fields of a type, and in some of them what does not belong there.
private struct HostileObjects {
  var numbers: SeededNumbers

  private static let intruders: [Value] = [
    .null, "", "text", "-1", "10Gi", 0, -1, 1.5, .int(.max), .int(.min), true, [], [:],
    [.null, 1, "a", [[:]]],
    ["a": ["b": .null]], "0000-99-99T99:99:99Z", "9999-12-31T23:59:59Z", "True", "ns/a", "Resource",
  ]

  mutating func object(_ type: ObjectType, depth: Int) -> Value {
    var object = Object()
    for (name, field) in type.fields.sorted(by: { $0.key < $1.key }) {
      if Int.random(in: 0..<10, using: &numbers) < (depth < 5 ? 2 : 6) { continue }
      object[name] = value(field, depth: depth + 1)
    }
    return .object(object)
  }

  private mutating func value(_ field: FieldType, depth: Int) -> Value {
    if depth > 7 || Int.random(in: 0..<6, using: &numbers) == 0 {
      return Self.intruders.randomElement(using: &numbers) ?? .null
    }
    switch field.shape {
    case .object(let reference): return object(reference.type, depth: depth)
    case .list(let element): return .array((0..<3).map { _ in value(element, depth: depth) })
    case .map(let element):
      return ["a": value(element, depth: depth), "limits.b": value(element, depth: depth)]
    case .boolean: return true
    case .integer: return .int(Int64.random(in: .min ... .max, using: &numbers))
    case .time, .microTime: return "2026-01-02T03:04:05Z"
    case .quantity: return "500m"
    default: return .string(field.enumeration.randomElement(using: &numbers) ?? "x")
    }
  }
}
