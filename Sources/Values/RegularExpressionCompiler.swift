/// What an expression says, as a tree.
indirect enum RegularExpressionTree {
  case character(RegularExpression.CharacterSet)
  case assertion(RegularExpression.Assertion)
  case sequence([RegularExpressionTree])
  case choice([RegularExpressionTree])
  /// A maximum of nil is no maximum. A lazy repetition tries the fewest rounds first.
  case repetition(RegularExpressionTree, minimum: Int, maximum: Int?, isLazy: Bool)
}

/// Turns a tree into a program.
struct RegularExpressionCompiler {
  private(set) var program: [RegularExpression.Step] = []

  mutating func add(_ tree: RegularExpressionTree) throws(RegularExpression.SyntaxError) {
    guard program.count < RegularExpression.stepLimit else { throw .init("expression too large") }
    switch tree {
    case .character(let set): program.append(.character(set))
    case .assertion(let assertion): program.append(.assertion(assertion))
    case .sequence(let parts): for part in parts { try add(part) }
    case .choice(let branches): try addChoice(branches)
    case .repetition(let part, let minimum, let maximum, let isLazy):
      for _ in 0..<minimum { try add(part) }
      guard let maximum else { return try addLoop(part, isLazy: isLazy) }
      try addOptional(part, times: maximum - minimum, isLazy: isLazy)
    }
  }

  private mutating func addChoice(_ branches: [RegularExpressionTree]) throws(RegularExpression.SyntaxError) {
    var ends: [Int] = []
    for (i, branch) in branches.enumerated() {
      guard i < branches.count - 1 else {
        try add(branch)
        break
      }
      let split = reserve()
      try add(branch)
      ends.append(reserve())
      program[split] = .split(split + 1, program.count)
    }
    for end in ends { program[end] = .jump(program.count) }
  }

  private mutating func addLoop(
    _ part: RegularExpressionTree, isLazy: Bool
  ) throws(RegularExpression.SyntaxError) {
    let split = reserve()
    try add(part)
    program.append(.jump(split))
    program[split] = round(split, isLazy: isLazy)
  }

  private mutating func addOptional(
    _ part: RegularExpressionTree, times: Int, isLazy: Bool
  ) throws(RegularExpression.SyntaxError) {
    var splits: [Int] = []
    for _ in 0..<max(times, 0) {
      splits.append(reserve())
      try add(part)
    }
    for split in splits { program[split] = round(split, isLazy: isLazy) }
  }

  /// One more round or what comes next; what is tried first comes first.
  private func round(_ split: Int, isLazy: Bool) -> RegularExpression.Step {
    isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
  }

  /// Keeps a place for a step that is known later.
  private mutating func reserve() -> Int {
    program.append(.match)
    return program.count - 1
  }
}
