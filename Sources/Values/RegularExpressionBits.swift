extension RegularExpression {
  /// An expression of few steps, all of whose waiting steps fit into one word: a character of the text takes a
  /// handful of operations.
  final class Bits: Sendable {
    private let program: [Step]
    /// The steps that wait after each character step, not at the start of the text.
    private let after: [UInt64]
    /// The character steps that take an ASCII character.
    private let takers: [UInt64]
    private let atStart: UInt64
    /// Where a match may begin past the start; none where the expression holds only there.
    private let beyondStart: UInt64
    private let match: UInt64
    /// The steps from which the end of the text is a match.
    private let atEnd: UInt64

    /// Nil where the expression is too long or asks for more than the ends of the text.
    init?(_ program: [Step]) {
      guard program.count <= 64 else { return nil }
      for case .assertion(let assertion) in program {
        guard assertion == .textStart || assertion == .textEnd else { return nil }
      }
      self.program = program
      var after = [UInt64](repeating: 0, count: program.count)
      var takers = [UInt64](repeating: 0, count: 128)
      var match: UInt64 = 0
      for (index, step) in program.enumerated() {
        switch step {
        case .character(let set):
          after[index] = Self.follow(program, [index + 1], isStart: false)
          for (value, scalar) in (UInt8(0)..<128).map({ (Int($0), Unicode.Scalar($0)) })
          where set.contains(scalar) {
            takers[value] |= 1 << UInt64(index)
          }
        case .match: match |= 1 << UInt64(index)
        default: break
        }
      }
      self.after = after
      self.takers = takers
      self.match = match
      atStart = Self.follow(program, [0], isStart: true)
      beyondStart = Self.follow(program, [0], isStart: false)
      var atEnd = match
      for index in program.indices {
        guard case .assertion(.textEnd) = program[index] else { continue }
        // An empty text is at its start and its end at once.
        if Self.reachesMatch(program, index, isStart: false) { atEnd |= 1 << UInt64(index) }
      }
      self.atEnd = atEnd
    }

    func matches(_ text: String) -> Bool {
      if text.isEmpty { return matchesEmpty }
      var waiting = atStart
      if waiting & match != 0 { return true }
      for scalar in text.unicodeScalars {
        var active = scalar.isASCII ? waiting & takers[Int(scalar.value)] : takers(waiting, scalar)
        waiting = beyondStart
        while active != 0 {
          waiting |= after[active.trailingZeroBitCount]
          active &= active - 1
        }
        if waiting & match != 0 { return true }
        if waiting == 0 { return false }
      }
      return waiting & atEnd != 0
    }

    private var matchesEmpty: Bool { Self.reachesMatch(program, 0, isStart: true) }

    private func takers(_ waiting: UInt64, _ scalar: Unicode.Scalar) -> UInt64 {
      var taking: UInt64 = 0
      for (index, step) in program.enumerated() where waiting & (1 << UInt64(index)) != 0 {
        if case .character(let set) = step, set.contains(scalar) { taking |= 1 << UInt64(index) }
      }
      return taking
    }

    /// The steps that wait for a character or the end of the text when the program goes on at some.
    private static func follow(_ program: [Step], _ from: [Int], isStart: Bool) -> UInt64 {
      var stack = from
      var seen: UInt64 = 0
      var waiting: UInt64 = 0
      while let at = stack.popLast() {
        let bit = UInt64(1) << UInt64(at)
        if seen & bit != 0 { continue }
        seen |= bit
        switch program[at] {
        case .character, .match, .assertion(.textEnd): waiting |= bit
        case .split(let a, let b): stack += [a, b]
        case .jump(let to): stack.append(to)
        case .assertion: if isStart { stack.append(at + 1) }
        }
      }
      return waiting
    }

    /// Whether the end of the text, reached at a step, is a match.
    private static func reachesMatch(_ program: [Step], _ from: Int, isStart: Bool) -> Bool {
      var stack = [from]
      var seen: UInt64 = 0
      while let at = stack.popLast() {
        let bit = UInt64(1) << UInt64(at)
        if seen & bit != 0 { continue }
        seen |= bit
        switch program[at] {
        case .match: return true
        case .character: break
        case .split(let a, let b): stack += [a, b]
        case .jump(let to): stack.append(to)
        case .assertion(let assertion): if assertion == .textEnd || isStart { stack.append(at + 1) }
        }
      }
      return false
    }
  }
}
