import Testing
import Values

/// Where in a text a node stands.
@Suite struct YAMLLinesTests {
  private let text = Array(
    """
    # A comment.
    a: 1
    b:
    - x
    - c: &anchor
        d: y
    e: *anchor
    """.utf8)

  @Test(
    "the line of a member is that of its key, and a path that leads nowhere ends where it can",
    arguments: [
      ([], 2), ([.key("a")], 2), ([.key("b")], 3), ([.key("b"), .index(0)], 4),
      ([.key("b"), .index(1), .key("c"), .key("d")], 6), ([.key("e"), .key("d")], 6),
      ([.key("b"), .index(9)], 3), ([.key("none")], 2), ([.key("a"), .key("x")], 2),
    ] as [([YAML.Step], Int)])
  func lines(path: [YAML.Step], line: Int) {
    #expect(YAML.line(of: path, in: text) == line)
  }

  @Test func brokenTextHasNoLines() {
    #expect(YAML.line(of: [], in: Array("a: [".utf8)) == nil)
    #expect(YAML.line(of: [], in: []) == nil)
  }
}
