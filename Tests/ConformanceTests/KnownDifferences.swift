import Foundation
import TestSupport

/// The steps that are not yet answered as they were recorded: lines of `file.json · step`.
struct KnownDifferences {
  static let file = Repository.path("Tests/ConformanceTests/known-differences.txt")
  private static let separator = " · "

  private(set) var steps: [String: Set<String>] = [:]

  static let listed = KnownDifferences(text: (try? String(contentsOfFile: file, encoding: .utf8)) ?? "")

  init(text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let middle = line.range(of: Self.separator) else { continue }
      steps[String(line[..<middle.lowerBound]), default: []].insert(String(line[middle.upperBound...]))
    }
  }

  subscript(conversation: String) -> Set<String> {
    get { steps[conversation] ?? [] }
    set { steps[conversation] = newValue }
  }

  var text: String {
    let lines = steps.sorted { $0.key < $1.key }.flatMap { file, steps in
      steps.sorted().map { "\(file)\(Self.separator)\($0)" }
    }
    return (["# Recorded steps that are not answered alike yet. The list may only get shorter."] + lines)
      .joined(separator: "\n") + "\n"
  }
}
