import Testing

@testable import APIServer

/// The shell that stands in for containers.
@Suite struct ShellTests {
  private final class Recorder: Shell.Streams {
    var input: [[UInt8]]
    var out: [Int: String] = [1: "", 2: ""]

    init(_ input: [String]) { self.input = input.map { Array($0.utf8) } }

    func read() async throws -> [UInt8]? { input.isEmpty ? nil : input.removeFirst() }

    func write(_ bytes: [UInt8], to descriptor: Int) async throws {
      out[descriptor, default: ""] += String(decoding: bytes, as: UTF8.self)
    }
  }

  private struct Outcome: Equatable {
    var status: Int64?
    var stdout = ""
    var stderr = ""
  }

  private func run(
    _ words: [String], input: [String] = [], answers: String = "shell", isTerminal: Bool = false
  ) async throws -> Outcome {
    let shell = Shell(
      try CommandAnswers(annotation: answers), hostname: "p",
      environment: [("PATH", "/bin"), ("GREETING", "good day")], directory: "/work")
    let streams = Recorder(input)
    let status = try await shell.run(words, streams, isTerminal: isTerminal)
    return Outcome(status: status, stdout: streams.out[1] ?? "", stderr: streams.out[2] ?? "")
  }

  @Test(arguments: [
    ("echo a  'b  c' \"d $GREETING\"", "a b  c d good day\n"),
    ("echo $GREETING | cat", "good day\n"),
    ("echo -n x; echo ${GREETING}y", "xgood dayy\n"),
    ("true && echo yes || echo no", "yes\n"),
    ("false && echo yes || echo no", "no\n"),
    ("! false && echo turned", "turned\n"),
    ("false; echo $?", "1\n"),
    ("A=1; B=\"$A 2\"; echo \"$B\"", "1 2\n"),
    ("A=x env | cat", "PATH=/bin\nGREETING=good day\nA=x\n"),
    ("echo in > f; echo more >> f; cat f; cat /work/f", "in\nmore\nin\nmore\n"),
    ("echo a $(echo b; echo c) d", "a b c d\n"),
    ("echo \"$(pwd)\" # a comment", "/work\n"),
    ("nosuch 2>/dev/null; echo $?", "127\n"),
    ("echo err >&2 2>&1 | cat", ""),
    ("hostname\npwd\n", "p\n/work\n"),
    ("printenv GREETING", "good day\n"),
    ("echo '' x", " x\n"),
    ("echo a; ;", ""),
    (";", ""),
    ("(echo a)", ""),
    ("exit 3 | true; echo after", "after\n"),
  ])
  func scripts(script: String, expected: String) async throws {
    #expect(try await run(["sh", "-c", script]).stdout == expected)
  }

  @Test func exitStatus() async throws {
    #expect(try await run(["sh", "-c", "echo a; exit 3; echo b"]) == Outcome(status: 3, stdout: "a\n"))
    #expect(try await run(["false"]) == Outcome(status: 1))
    #expect(try await run(["nosuch"]) == Outcome(status: nil))
    #expect(try await run(["cat", "/x"]).stderr == "cat: /x: No such file or directory\n")
    #expect(try await run(["sh", "-c", "nosuch"]) == Outcome(status: 127, stderr: "sh: nosuch: not found\n"))
    #expect(
      try await run(["sh", "-c", "if true"])
        == Outcome(status: 2, stderr: "sh: syntax error: if: this shell knows no compound commands\n"))
  }

  @Test func commandsAreReadFromStandardInput() async throws {
    let outcome = try await run(["/bin/sh"], input: ["echo a\nca", "t\nto cat\n"])
    #expect(outcome == Outcome(status: 0, stdout: "a\nto cat\n"))
    #expect(
      try await run(["sh"], input: ["exit 4\necho b\n"], isTerminal: true) == Outcome(status: 4, stdout: "$ ")
    )
  }

  @Test func answersAreGivenAsTold() async throws {
    let answers = """
      commands:
      - command: date --utc
        stdout: "Tue\\n"
      - command: [sh, -c, x]
        stderr: "no\\n"
        exitCode: 9
      files:
        /etc/motd: "hello\\n"
      """
    #expect(try await run(["date", "--utc"], answers: answers) == Outcome(status: 0, stdout: "Tue\n"))
    #expect(try await run(["sh", "-c", "date --utc"], answers: answers).stdout == "Tue\n")
    #expect(try await run(["sh", "-c", "x"], answers: answers) == Outcome(status: 9, stderr: "no\n"))
    #expect(try await run(["cat", "/etc/motd"], answers: answers).stdout == "hello\n")
    #expect(try await run(["ls", "/etc"], answers: answers).stdout == "motd\n")
    for wrong in [
      "other", "commands: [{}]", "x: 1", "commands: [{command: a, exitCode: 300}]", "[", "files: {a: 1}",
    ] {
      #expect(throws: (any Error).self) { try CommandAnswers(annotation: wrong) }
    }
  }

  /// Whatever is asked for, the shell neither traps nor goes on for ever.
  @Test func hostileScripts() async throws {
    let nested = String(repeating: "$(", count: 2000) + String(repeating: ")", count: 2000)
    for script in [
      nested, String(repeating: "|", count: 5000), "\"", "'", "$", "${", "$(", ">", "a >", "<x", "2>&9", "\\",
    ] {
      #expect(try await run(["sh", "-c", script]).status != nil)
    }
    let many = try await run(["sh", "-c", String(repeating: "true;", count: 20_000)])
    #expect(many.status == 2)
    #expect(
      try await run(["sh", "-c", "A=" + String(repeating: "x", count: 100_000) + "; echo $A$A | cat"]).status
        == 0)
  }
}
