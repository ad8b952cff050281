import Testing
import Values

@Suite struct MergePatchTests {
  /// The examples of RFC 7386, appendix A.
  @Test(
    arguments: [
      (["a": "b"], ["a": "c"], ["a": "c"]), (["a": "b"], ["b": "c"], ["a": "b", "b": "c"]),
      (["a": "b"], ["a": .null], [:]),
      (["a": "b", "b": "c"], ["a": .null], ["b": "c"]), (["a": ["b"]], ["a": "c"], ["a": "c"]),
      (["a": "c"], ["a": ["b"]], ["a": ["b"]]),
      (["a": ["b": "c"]], ["a": ["b": "d", "c": .null]], ["a": ["b": "d"]]),
      (["a": [["b": "c"]]], ["a": [1]], ["a": [1]]), (["a", "b"], ["c", "d"], ["c", "d"]),
      (["a": "b"], ["c"], ["c"]),
      (["a": "foo"], .null, .null), (["a": "foo"], "bar", "bar"),
      (["e": .null], ["a": 1], ["e": .null, "a": 1]),
      ([1, 2], ["a": "b", "c": .null], ["a": "b"]), ([:], ["a": ["bb": ["ccc": .null]]], ["a": ["bb": [:]]]),
    ] as [(Value, Value, Value)])
  func examplesOfTheRFC(document: Value, patch: Value, result: Value) {
    #expect(MergePatch.apply(patch, to: document) == result)
  }

  @Test func differencesApply() {
    let before: Object = ["a": 1, "b": ["c": 1, "d": 2], "e": [1], "f": 0]
    let after: Object = ["a": 1, "b": ["c": 3], "e": [1, 2], "g": "new"]
    let patch = MergePatch.difference(from: before, to: after)
    #expect(patch == ["b": ["c": 3, "d": .null], "e": [1, 2], "f": .null, "g": "new"])
    #expect(MergePatch.apply(.object(patch), to: .object(before)) == .object(after))
    #expect(MergePatch.difference(from: after, to: after).isEmpty)
  }
}
