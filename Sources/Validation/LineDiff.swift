/// A unified diff of lines with three lines of context, as messages about immutable specs carry it.
enum LineDiff {
  private struct Block {
    var a: Int
    var b: Int
    var count: Int
  }

  private enum Change { case equal, replace, delete, insert }

  private struct Step {
    var change: Change
    var a: Range<Int>
    var b: Range<Int>
  }

  private static let context = 3
  /// Longer texts are compared as a whole, so that no request makes the search long.
  private static let lineLimit = 20_000

  static func unified(_ a: [String], _ b: [String]) -> String {
    var text = ""
    for group in groups(steps(a, b)) {
      guard let first = group.first, let last = group.last else { continue }
      text +=
        "@@ -\(range(first.a.lowerBound, last.a.upperBound)) +\(range(first.b.lowerBound, last.b.upperBound)) @@\n"
      for step in group {
        if step.change == .equal {
          for line in a[step.a] { text += " \(line)\n" }
        } else {
          for line in a[step.a] { text += "-\(line)\n" }
          for line in b[step.b] { text += "+\(line)\n" }
        }
      }
    }
    return text
  }

  /// The first line and the number of lines, the latter left out when it is one.
  private static func range(_ start: Int, _ end: Int) -> String {
    let count = end - start
    if count == 1 { return "\(start + 1)" }
    return "\(count == 0 ? start : start + 1),\(count)"
  }

  // MARK: - Steps

  private static func steps(_ a: [String], _ b: [String]) -> [Step] {
    var steps: [Step] = []
    var i = 0
    var j = 0
    for block in blocks(a, b) + [Block(a: a.count, b: b.count, count: 0)] {
      if i < block.a || j < block.b {
        let change: Change = i == block.a ? .insert : j == block.b ? .delete : .replace
        steps.append(Step(change: change, a: i..<block.a, b: j..<block.b))
      }
      i = block.a + block.count
      j = block.b + block.count
      if block.count > 0 { steps.append(Step(change: .equal, a: block.a..<i, b: block.b..<j)) }
    }
    return steps
  }

  /// Steps with the equal lines between them cut to the context, apart where more lines are equal.
  private static func groups(_ steps: [Step]) -> [[Step]] {
    guard steps.contains(where: { $0.change != .equal }) else { return [] }
    var groups: [[Step]] = []
    var group: [Step] = []
    for (n, step) in steps.enumerated() {
      var step = step
      if step.change == .equal {
        if n == 0 {
          step = last(step, context)
        } else if n == steps.count - 1 {
          step = first(step, context)
        } else if step.a.count > 2 * context {
          groups.append(group + [first(step, context)])
          group = []
          step = last(step, context)
        }
      }
      group.append(step)
    }
    return groups + [group]
  }

  private static func first(_ step: Step, _ count: Int) -> Step {
    Step(
      change: .equal, a: step.a.lowerBound..<min(step.a.upperBound, step.a.lowerBound + count),
      b: step.b.lowerBound..<min(step.b.upperBound, step.b.lowerBound + count))
  }

  private static func last(_ step: Step, _ count: Int) -> Step {
    Step(
      change: .equal, a: max(step.a.lowerBound, step.a.upperBound - count)..<step.a.upperBound,
      b: max(step.b.lowerBound, step.b.upperBound - count)..<step.b.upperBound)
  }

  // MARK: - Matching lines

  /// Runs of equal lines: the longest first, then those on either side of it (Ratcliff and Obershelp).
  private static func blocks(_ a: [String], _ b: [String]) -> [Block] {
    if a.count > lineLimit || b.count > lineLimit { return [] }
    var places: [String: [Int]] = [:]
    for (j, line) in b.enumerated() { places[line, default: []].append(j) }
    // Lines that are everywhere start no run.
    if b.count >= 200 { places = places.filter { $0.value.count <= b.count / 100 + 1 } }
    var found: [Block] = []
    var pending = [(a.indices, b.indices)]
    while let (inA, inB) = pending.popLast() {
      let block = longest(a, b, inA, inB, places)
      if block.count == 0 { continue }
      found.append(block)
      pending.append((inA.lowerBound..<block.a, inB.lowerBound..<block.b))
      pending.append((block.a + block.count..<inA.upperBound, block.b + block.count..<inB.upperBound))
    }
    found.sort { ($0.a, $0.b) < ($1.a, $1.b) }
    var merged: [Block] = []
    for block in found {
      if let last = merged.last, last.a + last.count == block.a, last.b + last.count == block.b {
        merged[merged.count - 1].count += block.count
      } else {
        merged.append(block)
      }
    }
    return merged
  }

  private static func longest(
    _ a: [String], _ b: [String], _ inA: Range<Int>, _ inB: Range<Int>, _ places: [String: [Int]]
  ) -> Block {
    var best = Block(a: inA.lowerBound, b: inB.lowerBound, count: 0)
    var lengths: [Int: Int] = [:]
    for i in inA {
      var next: [Int: Int] = [:]
      for j in places[a[i]] ?? [] where inB.contains(j) {
        let length = (lengths[j - 1] ?? 0) + 1
        next[j] = length
        if length > best.count { best = Block(a: i - length + 1, b: j - length + 1, count: length) }
      }
      lengths = next
    }
    while best.a > inA.lowerBound, best.b > inB.lowerBound, a[best.a - 1] == b[best.b - 1] {
      best = Block(a: best.a - 1, b: best.b - 1, count: best.count + 1)
    }
    while best.a + best.count < inA.upperBound, best.b + best.count < inB.upperBound,
      a[best.a + best.count] == b[best.b + best.count]
    {
      best.count += 1
    }
    return best
  }
}
