extension RegularExpression {
  /// Where the expression matches, as Go's `regexp` finds it: the leftmost match, and of those at one place
  /// the one that the expression prefers.
  /// - Parameter limit: how many are looked for at most; nil for all.
  /// - Returns: the matched texts, which don't overlap.
  public func matches(in text: String, limit: Int? = nil) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var found: [String] = []
    var position = 0
    var lastEnd = -1
    var work = 0
    while position <= scalars.count, found.count < limit ?? .max {
      guard let match = firstMatch(in: scalars, from: position, &work) else { break }
      // An empty match right behind the last one is none.
      if !match.isEmpty || match.lowerBound != lastEnd {
        var part = String.UnicodeScalarView()
        part.append(contentsOf: scalars[match])
        found.append(String(part))
      }
      lastEnd = match.upperBound
      position = match.isEmpty ? match.upperBound + 1 : match.upperBound
    }
    return found
  }

  /// A step that waits for a character, and where its match began.
  private struct Waiting {
    let step: Int
    let start: Int
  }

  /// - Parameter work: what was done so far, in steps; past the limit nothing is found.
  private func firstMatch(in scalars: [Unicode.Scalar], from first: Int, _ work: inout Int) -> Range<Int>? {
    var waiting: [Waiting] = []
    var best: Range<Int>?
    var seen = [Int](repeating: -1, count: program.count)
    for position in first...scalars.count {
      let previous = position > 0 ? scalars[position - 1] : nil
      let next = position < scalars.count ? scalars[position] : nil
      var ready: [Waiting] = []
      var isCut = false
      // In the order of preference: what began earlier, then a match that begins here.
      var starts = waiting.map { (step: $0.step, start: $0.start) }
      if best == nil { starts.append((0, position)) }
      for (step, start) in starts where !isCut {
        isCut = follow(step, start, position, (previous, next), &ready, &seen, &best)
      }
      work += ready.count + 1
      if work > Self.workLimit { return nil }
      guard let next, !(ready.isEmpty && best != nil) else { return best }
      waiting = ready.compactMap { entry in
        guard case .character(let set) = program[entry.step], set.contains(next) else { return nil }
        return Waiting(step: entry.step + 1, start: entry.start)
      }
    }
    return best
  }

  /// Goes on from a step as far as that needs no character.
  /// - Returns: true where the expression has matched: what is preferred less counts no more.
  private func follow(
    _ step: Int, _ start: Int, _ position: Int, _ around: (Unicode.Scalar?, Unicode.Scalar?),
    _ ready: inout [Waiting], _ seen: inout [Int], _ best: inout Range<Int>?
  ) -> Bool {
    var stack = [step]
    while let at = stack.popLast() {
      if seen[at] == position { continue }
      seen[at] = position
      switch program[at] {
      case .character: ready.append(Waiting(step: at, start: start))
      case .split(let a, let b): stack += [b, a]
      case .jump(let to): stack.append(to)
      case .assertion(let assertion): if assertion.holds(around.0, around.1) { stack.append(at + 1) }
      case .match:
        best = start..<position
        return true
      }
    }
    return false
  }
}
