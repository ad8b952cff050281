import Testing
@testable import Values

@Suite struct JSONPatchTests {
  private let document: Value = ["a": ["b": 1, "n": .null], "l": [1, 2, 3], "x/y~z": "s"]

  private func apply(_ operations: Value, to document: Value? = nil) throws -> Value {
    try JSONPatch(parsing: operations).apply(to: document ?? self.document)
  }

  private func failure(_ operations: Value) -> JSONPatch.Failure? {
    do {
      _ = try apply(operations)
      return nil
    } catch {
      return error as? JSONPatch.Failure
    }
  }

  @Test func operations() throws {
    #expect(
      try apply([["op": "add", "path": "/a/c", "value": [2]]]) == [
        "a": ["b": 1, "n": .null, "c": [2]], "l": [1, 2, 3], "x/y~z": "s",
      ])
    #expect(try apply([["op": "add", "path": "/l/1", "value": 9]])["l"] == [1, 9, 2, 3])
    #expect(try apply([["op": "add", "path": "/l/-", "value": 9]])["l"] == [1, 2, 3, 9])
    #expect(try apply([["op": "add", "path": "/l/3", "value": 9]])["l"] == [1, 2, 3, 9])
    #expect(try apply([["op": "add", "path": "/l/-1", "value": 9]])["l"] == [1, 2, 3, 9])
    #expect(try apply([["op": "remove", "path": "/l/0"]])["l"] == [2, 3])
    #expect(try apply([["op": "remove", "path": "/l/-1"]])["l"] == [1, 2])
    #expect(try apply([["op": "replace", "path": "/l/1", "value": .null]])["l"] == [1, .null, 3])
    #expect(try apply([["op": "replace", "path": "/x~1y~0z", "value": "t"]])["x/y~z"] == "t")
    #expect(
      try apply([["op": "move", "from": "/a/b", "path": "/l/0"]]) == [
        "a": ["n": .null], "l": [1, 1, 2, 3], "x/y~z": "s",
      ])
    #expect(
      try apply([["op": "copy", "from": "/l", "path": "/a/l"]])["a"] == ["b": 1, "n": .null, "l": [1, 2, 3]])
    #expect(try apply([["op": "test", "path": "/a", "value": ["n": .null, "b": 1]]]) == document)
    #expect(try apply([["op": "test", "path": "/a/missing", "value": .null]]) == document)
    #expect(try apply([]) == document)
    #expect(try apply([["op": "add", "path": "/0/0", "value": 1]], to: [[]]) == [[1]])
  }

  @Test(
    arguments: [
      ([["op": "test", "path": "/a/b", "value": 2]], "testing value /a/b failed: test failed"),
      (
        [["op": "test", "path": "/z/b", "value": 2]],
        "test operation does not apply: is missing path: /z/b: missing value"
      ),
      (
        [["op": "test", "path": "/l/9", "value": 2]],
        "error in test for path: '/l/9': Unable to access invalid index: 9: invalid index referenced"
      ),
      (
        [["op": "remove", "path": "/z"]],
        "error in remove for path: '/z': Unable to remove nonexistent key: z: missing value"
      ),
      (
        [["op": "remove", "path": "/z/y"]],
        "remove operation does not apply: doc is missing path: \"/z/y\": missing value"
      ),
      (
        [["op": "remove", "path": "/l/3"]],
        "error in remove for path: '/l/3': Unable to access invalid index: 3: invalid index referenced"
      ),
      (
        [["op": "replace", "path": "/z", "value": 1]],
        "replace operation does not apply: doc is missing key: /z: missing value"
      ),
      (
        [["op": "replace", "path": "/a/b/c", "value": 1]],
        "replace operation does not apply: doc is missing path: /a/b/c: missing value"
      ),
      (
        [["op": "add", "path": "", "value": 1]],
        "add operation does not apply: doc is missing path: \"\": missing value"
      ),
      (
        [["op": "add", "path": "/l/9", "value": 1]],
        "error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced"
      ),
      (
        [["op": "add", "path": "/l/x", "value": 1]],
        "error in add for path: '/l/x': value was not a proper array index: 'x': "
          + "strconv.Atoi: parsing \"x\": invalid syntax"
      ),
      ([["op": "add", "value": 1]], "add operation failed to decode path: missing value"),
      (
        [["op": "move", "path": "/q"]],
        "move operation failed to decode from: operation, missing from field: missing value"
      ),
      (
        [["op": "move", "from": "/z", "path": "/q"]],
        "error in move for path: 'z': unable to get nonexistent key: z: missing value"
      ),
      (
        [["op": "copy", "from": "/l", "path": "/q/w"]],
        "copy operation does not apply: doc is missing destination path: /q/w: missing value"
      ),
      ([["op": "jump", "path": "/a"]], "Unexpected kind: jump"),
      ([["path": "/a"]], "Unexpected kind: unknown"), ([.null], "Unexpected kind: unknown"),
    ] as [(Value, String)])
  func whatDoesNotApply(operations: Value, message: String) {
    let failure = failure(operations)
    #expect(failure?.kind == .notApplicable && failure?.message == message)
    #expect(failure?.isFailedTest == message.hasSuffix("test failed"))
  }

  @Test(
    arguments: [
      (
        ["op": "add"],
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
      ),
      ([1], "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
      (
        [["op": 1]],
        "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string"
      ),
    ] as [(Value, String)])
  func whatIsNoPatch(document: Value, message: String) {
    #expect(failure(document) == JSONPatch.Failure(kind: .malformed, message: message))
  }

  @Test func unknownMembersAreTold() throws {
    let patch = try JSONPatch(parsing: [["op": "test", "path": "/a"], ["op": "test", "why": 1]])
    #expect(patch.unknownFields == ["[1].why"])
    #expect(patch.count == 2)
  }

  @Test func operationsAreLimited() {
    let many = Value.array(Array(repeating: ["op": "test", "path": "/l/0", "value": 1], count: 10_001))
    #expect(
      failure(many)
        == JSONPatch.Failure(
          kind: .tooManyOperations,
          message: "The allowed maximum operations in a JSON patch is 10000, got 10001"))
  }

  @Test func copiesAreLimitedInSizeAndDepth() {
    let doubling = Value.array((0..<40).map { _ in ["op": "copy", "from": "/l", "path": "/l/-"] })
    #expect(failure(doubling)?.kind == .notApplicable)
    let nesting = Value.array((0..<300).map { _ in ["op": "copy", "from": "/a", "path": "/a/a"] })
    #expect(failure(nesting)?.message == "error while adding value during copy: exceeded max depth")
    var path = ""
    var deepening: [Value] = []
    for _ in 0..<300 {
      path += "/k"
      deepening.append(["op": "add", "path": .string(path), "value": [:]])
    }
    #expect(failure(.array(deepening))?.message.hasSuffix("exceeded max depth") == true)
  }

  @Test func shiftingIsLimited() throws {
    var limits = JSONPatch.Limits()
    limits.shiftedElements = 10
    let patch = try JSONPatch(
      parsing: .array(Array(repeating: ["op": "add", "path": "/l/0", "value": 0], count: 4)), limits: limits)
    #expect(throws: JSONPatch.Failure.self) { try patch.apply(to: document) }
  }

  @Test func theOriginalStaysAsItWas() throws {
    let before = document
    _ = try apply([["op": "remove", "path": "/a"], ["op": "add", "path": "/l/0", "value": 0]])
    #expect(document == before)
  }

  @Test func pointers() {
    #expect(JSONPointer("/a~1b/~0/0")?.tokens == ["a/b", "~", "0"])
    #expect(JSONPointer("/~01~")?.tokens == ["~1~"])
    #expect(JSONPointer("")?.tokens == [])
    #expect(JSONPointer("/")?.tokens == [""])
    #expect(JSONPointer("a") == nil)
    #expect(JSONPointer(tokens: ["a/b", "~"]).description == "/a~1b/~0")
    let value: Value = ["l": [["x": 1]]]
    #expect(value[JSONPointer(tokens: ["l", "0", "x"])] == 1)
    #expect(value[JSONPointer(tokens: ["l", "1", "x"])] == nil)
    #expect(value[JSONPointer(tokens: ["l", "x"])] == nil)
  }
}
