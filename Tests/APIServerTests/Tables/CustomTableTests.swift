import Testing
import Values

@testable import APIServer

@Suite struct CustomTableTests: TableSuite {
  @Test func withoutColumnsItShowsTheAge() {
    let table = CustomTable(columns: nil)
    #expect(
      table.columns == [
        ["name": "Name", "type": "string", "format": "name", "description": "", "priority": 0],
        ["name": "Age", "type": "date", "format": "", "description": "", "priority": 0],
      ])
    #expect(table.cells(named("w"), now: tableNow) == ["w", "5m"])
    #expect(table.cells(["metadata": ["name": "w"]], now: tableNow) == ["w", .null])
  }

  @Test func columnsOfTheDefinition() {
    let table = CustomTable(columns: [
      ["name": "Size", "type": "integer", "jsonPath": ".spec.size", "format": "int32", "priority": 1],
      ["name": "Ready", "type": "string", "jsonPath": ".status.ready", "description": "Is it?"],
    ])
    #expect(
      table.columns.dropFirst() == [
        [
          "name": "Size", "type": "integer", "format": "int32", "priority": 1,
          "description": "Custom resource definition column (in JSONPath format): .spec.size",
        ],
        ["name": "Ready", "type": "string", "format": "", "priority": 0, "description": "Is it?"],
      ])
    let widget = named("w", ["spec": ["size": 3], "status": ["ready": "True"]])
    #expect(table.cells(widget, now: tableNow) == ["w", 3, "True"])
    #expect(table.cells(named("w"), now: tableNow) == ["w", .null, .null])
  }

  @Test(
    arguments: [
      ("integer", 3, 3), ("integer", 3.7, 3), ("integer", "3", .null), ("number", 3, 3.0),
      ("number", 0.5, 0.5),
      ("number", true, .null), ("boolean", false, false), ("boolean", "true", .null), ("string", "x", "x"),
      ("string", 3, "3"), ("string", true, "true"), ("string", .null, "<no value>"),
      ("string", ["b": [1, 2], "a": "<"], #"{"a":"\u003c","b":[1,2]}"#), ("date", "x", "<invalid>"),
      ("date", "2026-03-01T11:59:00Z", "60s"), ("date", "", "<unknown>"), ("date", 5, .null),
      ("other", 5, .null),
      ("integer", 1e300, .null),
    ] as [(String, Value, Value)])
  func cellsHaveTheTypeOfTheirColumn(type: String, value: Value, cell: Value) {
    let table = CustomTable(columns: [["name": "X", "type": .string(type), "jsonPath": ".spec.x"]])
    #expect(table.cells(named("w", ["spec": ["x": value]]), now: tableNow) == ["w", cell])
  }

  @Test func columnsEndAtTheFirstThatHasNoPath() {
    let table = CustomTable(columns: [
      ["name": "A", "type": "string", "jsonPath": ".a"], ["name": "B", "type": "string", "jsonPath": "b["],
      ["name": "C", "type": "string", "jsonPath": ".c"],
    ])
    #expect(table.columns.map { $0["name"]?.string } == ["Name", "A"])
    #expect(table.cells(named("w", ["a": "1", "c": "2"]), now: tableNow) == ["w", "1"])
  }

  @Test func scale() {
    let table = CustomTable(scale: ["specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"])
    #expect(table.columns.map { $0["name"]?.string } == ["Name", "Desired", "Available", "Age"])
    let scale = named("w", ["spec": ["replicas": 3], "status": ["replicas": 2]])
    #expect(table.cells(scale, now: tableNow) == ["w", 3, 2, "5m"])
  }
}
