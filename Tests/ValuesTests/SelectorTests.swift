import Testing
import Values

@Suite struct LabelSelectorTests {
  private let labels: Object = ["app": "web", "tier": "front", "n": "3"]

  @Test(arguments: [
    ("", true), ("app", true), ("!app", false), ("missing", false), ("!missing", true), ("app=web", true),
    ("app==web", true), ("app = web", true), ("app=api", false), ("app!=web", false), ("app!=api", true),
    ("missing!=x", true), ("missing=", false), ("app in (web,api)", true), ("app in (api)", false),
    ("app notin (api)", true), ("app notin (web)", false), ("missing notin (x)", true), ("n>2", true),
    ("n>3", false),
    ("n<4", true), ("n<3", false), ("app>1", false), ("missing<1", false), ("app=web,tier=front", true),
    ("app=web,tier=back", false), (" app in ( web , api ) , !missing ", true), ("in in (in)", false),
    ("notin", false), ("app in (,web)", true), ("app in ()", false), ("x.io/y!=1", true),
  ])
  func matching(text: String, matches: Bool) throws {
    #expect(try LabelSelector(parsing: text).matches(labels: labels) == matches)
  }

  @Test func nothingAndEverything() throws {
    #expect(LabelSelector.everything.isEmpty && LabelSelector.everything.matches(labels: nil))
    #expect(!LabelSelector.nothing.isEmpty && !LabelSelector.nothing.matches(labels: labels))
    #expect(try LabelSelector(parsing: "!a").matches(labels: nil))
    #expect(try !LabelSelector(parsing: "a").matches(labels: nil))
  }

  @Test(arguments: [
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("n in 1", "unable to parse requirement: found '1' expected: '('"),
    ("=x", "found '=', expected: !, identifier, or 'end of string'"),
    ("odd=1,", "found '', expected: identifier after ','"),
    ("odd=1,=", "found '=', expected: identifier after ','"),
    (
      "n>x",
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"
    ),
    (
      "-bad=1",
      "unable to parse requirement: <nil>: Invalid value: \"-bad\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    ),
    ("a=b c", "found 'c', expected: ',' or 'end of string'"),
    ("!a=b", "found '=', expected: ',' or 'end of string'"),
    ("!", "unable to parse requirement: found '', expected: identifier"),
    ("a==(", "unable to parse requirement: found '(', expected: identifier"),
    ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
    ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
    ("a in (,", "unable to parse requirement: found '', expected: ',', or identifier"),
    (
      "a=-b",
      "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    ),
  ])
  func errorsAreTheServers(text: String, message: String) {
    #expect(throws: SelectorError(message: message)) { try LabelSelector(parsing: text) }
  }

  @Test(arguments: [
    ("z=1,a==2,b!=3", "a==2,b!=3,z=1"), ("x in (c,a,b)", "x in (a,b,c)"), ("x notin (a)", "x notin (a)"),
    ("!x,y", "!x,y"), ("n>1,n<5", "n>1,n<5"), ("a=", "a="), ("", ""),
  ])
  func canonicalText(text: String, canonical: String) throws {
    let selector = try LabelSelector(parsing: text)
    #expect(selector.description == canonical)
    #expect(try LabelSelector(parsing: canonical) == selector)
  }

  @Test func fromAnObject() throws {
    let selector = try LabelSelector([
      "matchLabels": ["app": "web"],
      "matchExpressions": [
        ["key": "tier", "operator": "In", "values": ["front", "back"]],
        ["key": "x", "operator": "DoesNotExist"],
        ["key": "n", "operator": "Exists"], ["key": "n", "operator": "NotIn", "values": ["4"]],
      ],
    ])
    #expect(selector.description == "app=web,n,n notin (4),tier in (back,front),!x")
    #expect(selector.requirements.map(\.key) == ["app", "n", "n", "tier", "x"])
    #expect(selector.matches(labels: labels))
    #expect(try LabelSelector(nil) == .nothing)
    // A text is always the text form, also where it is written as a literal.
    #expect(try LabelSelector("a=b").requirements == LabelSelector(parsing: "a=b").requirements)
    #expect(try FieldSelector("a=b").requirements == FieldSelector(parsing: "a=b").requirements)
    #expect(try LabelSelector([:]).isEmpty)
    #expect(throws: SelectorError(message: "\"Near\" is not a valid label selector operator")) {
      try LabelSelector(["matchExpressions": [["key": "a", "operator": "Near"]]])
    }
    #expect(
      throws: SelectorError(
        message: "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
    ) {
      try LabelSelector(["matchExpressions": [["key": "a", "operator": "In"]]])
    }
  }

  @Test func labelSyntax() {
    #expect(LabelSyntax.keyProblems("app.kubernetes.io/name").isEmpty)
    #expect(LabelSyntax.keyProblems("/a") == ["prefix part must be non-empty"])
    #expect(
      LabelSyntax.keyProblems("A.b/c").first?.hasPrefix("prefix part a lowercase RFC 1123 subdomain") == true)
    #expect(LabelSyntax.keyProblems("a/b/c").first?.hasPrefix("a valid label key must consist of") == true)
    #expect(LabelSyntax.keyProblems("").count == 2)
    #expect(
      LabelSyntax.keyProblems(String(repeating: "a", count: 64)) == [
        "name part must be no more than 63 bytes"
      ])
    #expect(LabelSyntax.valueProblems("").isEmpty && LabelSyntax.valueProblems("a_B.c-1").isEmpty)
    #expect(LabelSyntax.valueProblems(String(repeating: "a", count: 64)) == ["must be no more than 63 bytes"])
    #expect(LabelSyntax.subdomainProblems("a-b.c").isEmpty)
    for bad in ["a..b", ".a", "a.", "-a", "a_b", ""] {
      #expect(LabelSyntax.subdomainProblems(bad).count == 1)
    }
  }

  @Test func anyTextIsReadOrRefused() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...16, using: &generator)).map { _ in
        "ab=!<>(), \\innotx\u{0}/".utf8.randomElement(using: &generator) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let selector = try? LabelSelector(parsing: text) {
        if (try? LabelSelector(parsing: selector.description)) != selector { Issue.record("\(text)") }
      }
      if let selector = try? FieldSelector(parsing: text) {
        if (try? FieldSelector(parsing: selector.description))?.requirements.count
          != selector.requirements.count
        {
          Issue.record("\(text)")
        }
      }
    }
  }
}

@Suite struct FieldSelectorTests {
  @Test(arguments: [
    ("", true), ("metadata.name=a", true), ("metadata.name==a", true), ("metadata.name!=a", false),
    ("metadata.name=b", false), ("missing=", true), ("missing!=x", true),
    ("metadata.name=a,missing=x", false),
    (",metadata.name=a,", true), ("spec.x=a\\,b\\=c\\\\", true),
  ])
  func matching(text: String, matches: Bool) throws {
    let fields = ["metadata.name": "a", "spec.x": "a,b=c\\"]
    #expect(try FieldSelector(parsing: text).matches { fields[$0] } == matches)
  }

  @Test func requirements() throws {
    let selector = try FieldSelector(parsing: "status.phase!=Running,metadata.name=a\\,b")
    #expect(
      selector.requirements == [
        .init("metadata.name", .equals, "a,b"), .init("status.phase", .notEquals, "Running"),
      ])
    #expect(selector.description == "metadata.name=a\\,b,status.phase!=Running")
    #expect(selector.value(of: "metadata.name") == "a,b")
    #expect(selector.value(of: "status.phase") == nil)
    #expect(FieldSelector.everything.isEmpty && !selector.isEmpty)
  }

  @Test(arguments: [
    (
      "metadata.name in (a)",
      "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"
    ),
    ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
    ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    ("a=b\\c", "invalid field selector: invalid escape sequence: \\c"),
    ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
  ])
  func errorsAreTheServers(text: String, message: String) {
    #expect(throws: SelectorError(message: message)) { try FieldSelector(parsing: text) }
  }
}

@Suite struct GoTextTests {
  @Test func quoting() {
    #expect(GoText.quoted("a\"\\\n\r\t\u{7}\u{8}\u{C}\u{B}") == #""a\"\\\n\r\t\a\b\f\v""#)
    #expect(GoText.quoted("é€😀") == "\"é€😀\"")
    #expect(GoText.quoted("\u{0}\u{7F}\u{A0}\u{200B}\u{E0001}") == #""\x00\x7f\u00a0\u200b\U000e0001""#)
  }
}
