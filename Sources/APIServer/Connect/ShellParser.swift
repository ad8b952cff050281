/// Reads the little of the POSIX shell's language that the built-in shell knows: commands with words, quotes,
/// variables, `$(…)`, redirections; `|`, `&&`, `||`, `;`, line feeds and comments between them.
struct ShellParser {
  /// A part of a word, before variables are put in.
  enum Piece: Equatable {
    case text(String)
    /// A variable; one that is not quoted is split at blanks.
    case variable(String, isQuoted: Bool)
    case substitution([Item], isQuoted: Bool)
  }

  typealias Word = [Piece]

  struct Redirection: Equatable {
    enum Target: Equatable {
      case file(Word, appends: Bool)
      case input(Word)
      case descriptor(Int)
    }
    var descriptor: Int
    var target: Target
  }

  struct Command: Equatable {
    var assignments: [(name: String, value: Word)] = []
    var words: [Word] = []
    var redirections: [Redirection] = []

    static func == (a: Command, b: Command) -> Bool {
      a.words == b.words && a.redirections == b.redirections
        && a.assignments.map(\.name) == b.assignments.map(\.name)
        && a.assignments.map(\.value) == b.assignments.map(\.value)
    }
  }

  enum Connector: Equatable { case always, onSuccess, onFailure }

  /// A pipeline, and when it is run.
  struct Item: Equatable {
    var connector: Connector
    var commands: [Command]
    var isNegated = false
  }

  struct SyntaxError: Error, Equatable { var message: String }

  private let characters: [Character]
  private var at = 0
  private let depth: Int

  private init(_ characters: [Character], depth: Int) {
    self.characters = characters
    self.depth = depth
  }

  static func parse(_ text: String, depth: Int = 0) throws(SyntaxError) -> [Item] {
    guard depth < 8 else { throw SyntaxError(message: "nested too deeply") }
    var parser = ShellParser(Array(text), depth: depth)
    return try parser.list()
  }

  private var current: Character? { at < characters.count ? characters[at] : nil }

  private func startsWith(_ text: String) -> Bool { characters[at...].starts(with: text) }

  private mutating func skipBlanks() {
    while let c = current {
      if c == " " || c == "\t" {
        at += 1
      } else if c == "\\", at + 1 < characters.count, characters[at + 1].isNewline {
        at += 2
      } else if c == "#" {
        while let c = current, !c.isNewline { at += 1 }
      } else {
        return
      }
    }
  }

  private mutating func list() throws(SyntaxError) -> [Item] {
    var items: [Item] = []
    var connector = Connector.always
    while true {
      skipBlanks()
      while let c = current, c.isNewline {
        at += 1
        skipBlanks()
      }
      guard current != nil else {
        if connector != .always { throw SyntaxError(message: "unexpected end of file") }
        return items
      }
      items.append(try pipeline(connector))
      skipBlanks()
      if startsWith("&&") {
        connector = .onSuccess
        at += 2
      } else if startsWith("||") {
        connector = .onFailure
        at += 2
      } else if current == "&" {
        // Nothing runs beside the shell: what is to run there is run at once.
        connector = .always
        at += 1
      } else if let c = current, c == ";" || c.isNewline {
        connector = .always
        at += 1
      } else if current != nil {
        throw unexpected
      } else {
        connector = .always
      }
      if connector != .always {
        skipBlanks()
        while let c = current, c.isNewline {
          at += 1
          skipBlanks()
        }
      }
    }
  }

  private var unexpected: SyntaxError {
    SyntaxError(message: "unexpected \"\(current.map(String.init) ?? "end of file")\"")
  }

  private static let keywords: Set = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}",
  ]

  private mutating func pipeline(_ connector: Connector) throws(SyntaxError) -> Item {
    var item = Item(connector: connector, commands: [])
    if current == "!", at + 1 < characters.count, characters[at + 1] == " " {
      item.isNegated = true
      at += 1
    }
    while true {
      item.commands.append(try command())
      skipBlanks()
      guard current == "|", !startsWith("||") else { return item }
      at += 1
    }
  }

  private mutating func command() throws(SyntaxError) -> Command {
    var command = Command()
    while true {
      skipBlanks()
      if let redirection = try redirection() {
        command.redirections.append(redirection)
        continue
      }
      guard let c = current, !c.isNewline, !";|&()<>".contains(c) else { break }
      let word = try word()
      if command.words.isEmpty, let (name, value) = Self.assignment(word) {
        command.assignments.append((name, value))
        continue
      }
      if command.words.isEmpty, case .text(let text)? = word.first, word.count == 1,
        Self.keywords.contains(text)
      {
        throw SyntaxError(message: "\(text): this shell knows no compound commands")
      }
      command.words.append(word)
    }
    if command.words.isEmpty, command.assignments.isEmpty, command.redirections.isEmpty { throw unexpected }
    return command
  }

  /// `NAME=value` at the beginning of a command.
  private static func assignment(_ word: Word) -> (String, Word)? {
    guard case .text(let text)? = word.first, let equals = text.firstIndex(of: "=") else { return nil }
    let name = text[..<equals]
    guard isName(name) else { return nil }
    let rest = String(text[text.index(after: equals)...])
    return (String(name), (rest.isEmpty ? [] : [.text(rest)]) + word.dropFirst())
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.first, !first.isNumber else { return false }
    return text.allSatisfy(isNameCharacter)
  }

  private static func isNameCharacter(_ c: Character) -> Bool {
    c == "_" || c.isASCII && (c.isLetter || c.isNumber)
  }

  private mutating func redirection() throws(SyntaxError) -> Redirection? {
    let start = at
    var descriptor: Int?
    if let c = current, c == "0" || c == "1" || c == "2", at + 1 < characters.count,
      "<>".contains(characters[at + 1])
    {
      descriptor = c.wholeNumberValue
      at += 1
    }
    guard let sign = current, sign == "<" || sign == ">" else {
      at = start
      return nil
    }
    at += 1
    if sign == "<" {
      if current == "<" { throw SyntaxError(message: "<<: this shell knows no here-documents") }
      skipBlanks()
      return Redirection(descriptor: descriptor ?? 0, target: .input(try word()))
    }
    if current == "&" {
      at += 1
      guard let number = current?.wholeNumberValue, (1...2).contains(number) else { throw unexpected }
      at += 1
      return Redirection(descriptor: descriptor ?? 1, target: .descriptor(number))
    }
    let appends = current == ">"
    if appends { at += 1 }
    skipBlanks()
    return Redirection(descriptor: descriptor ?? 1, target: .file(try word(), appends: appends))
  }

  private mutating func word() throws(SyntaxError) -> Word {
    var word: Word = []
    var text = ""
    var isThere = false
    func flush() { if !text.isEmpty { word.append(.text(text)); text = "" } }
    while let c = current {
      switch c {
      case "'":
        at += 1
        isThere = true
        while let c = current, c != "'" {
          text.append(c)
          at += 1
        }
        guard current == "'" else { throw SyntaxError(message: "unterminated quoted string") }
        at += 1
      case "\"":
        at += 1
        isThere = true
        while let c = current, c != "\"" {
          if c == "\\", at + 1 < characters.count, "\\\"$`\n".contains(characters[at + 1]) {
            text.append(characters[at + 1])
            at += 2
          } else if c == "$", let piece = try expansion(isQuoted: true) {
            flush()
            word.append(piece)
          } else {
            text.append(c)
            at += 1
          }
        }
        guard current == "\"" else { throw SyntaxError(message: "unterminated quoted string") }
        at += 1
      case "\\":
        at += 1
        if let c = current {
          text.append(c)
          at += 1
        }
      case "$":
        if let piece = try expansion(isQuoted: false) {
          flush()
          word.append(piece)
        } else {
          text.append(c)
          at += 1
        }
      case _ where c.isWhitespace || ";|&()<>".contains(c):
        if text.isEmpty, word.isEmpty, !isThere { throw unexpected }
        if !text.isEmpty || word.isEmpty { word.append(.text(text)) }
        return word
      default:
        text.append(c)
        at += 1
      }
    }
    if text.isEmpty, word.isEmpty, !isThere { throw unexpected }
    if !text.isEmpty || word.isEmpty { word.append(.text(text)) }
    return word
  }

  /// What a `$` begins; nil where it stands for itself.
  private mutating func expansion(isQuoted: Bool) throws(SyntaxError) -> Piece? {
    guard at + 1 < characters.count else { return nil }
    let next = characters[at + 1]
    if next == "?" || next == "$" || next == "#" || next.isASCII && next.isNumber {
      at += 2
      return .variable(String(next), isQuoted: isQuoted)
    }
    if next == "{" {
      guard let end = characters[at...].firstIndex(of: "}") else {
        throw SyntaxError(message: "bad substitution")
      }
      let name = String(characters[(at + 2)..<end])
      guard Self.isName(name[...]) || name == "?" else { throw SyntaxError(message: "bad substitution") }
      at = end + 1
      return .variable(name, isQuoted: isQuoted)
    }
    if next == "(" {
      var level = 0
      var end = at + 1
      while end < characters.count {
        if characters[end] == "(" { level += 1 }
        if characters[end] == ")" { level -= 1 }
        if level == 0 { break }
        end += 1
      }
      guard end < characters.count else { throw SyntaxError(message: "unexpected end of file") }
      let inner = String(characters[(at + 2)..<end])
      at = end + 1
      return .substitution(try Self.parse(inner, depth: depth + 1), isQuoted: isQuoted)
    }
    var end = at + 1
    while end < characters.count, Self.isNameCharacter(characters[end]) { end += 1 }
    let name = String(characters[(at + 1)..<end])
    guard Self.isName(name[...]) else { return nil }
    at = end
    return .variable(name, isQuoted: isQuoted)
  }
}
