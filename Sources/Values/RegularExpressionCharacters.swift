extension RegularExpression {
  /// The characters that one step of an expression takes.
  struct CharacterSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [CategorySet] = []
    var isNegated = false
    /// Upper and lower case are the same.
    var ignoresCase = false

    /// A Unicode general category (`\p{Lu}`), or a group of them (`\p{L}`).
    struct CategorySet: Sendable {
      var name: String
      var isNegated: Bool
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      var isInside = has(scalar)
      if !isInside, ignoresCase {
        for other in Self.otherCases(scalar) where has(other) { isInside = true }
      }
      return isInside != isNegated
    }

    private func has(_ scalar: Unicode.Scalar) -> Bool {
      for range in ranges where range.contains(scalar.value) { return true }
      for category in categories {
        let name = Self.categoryName(scalar)
        let isIn = name == category.name || name.hasPrefix(category.name) && category.name.utf8.count == 1
        if isIn != category.isNegated { return true }
      }
      return false
    }

    private static func otherCases(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
      [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { text in
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
      }
    }

    init(_ ranges: [ClosedRange<UInt32>] = [], isNegated: Bool = false) {
      self.ranges = ranges
      self.isNegated = isNegated
    }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    private static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ClosedRange<UInt32> {
      first.value...last.value
    }

    static let digit = CharacterSet([range("0", "9")])
    static let word = CharacterSet([range("0", "9"), range("A", "Z"), range("a", "z"), range("_", "_")])
    static let space = CharacterSet([range("\t", "\n"), range("\u{0C}", "\r"), range(" ", " ")])
    static let any = CharacterSet([0...0x10FFFF])
    static let allButNewline = CharacterSet([range("\n", "\n")], isNegated: true)

    /// The classes that are written `[:name:]` inside brackets.
    static let named: [String: CharacterSet] = [
      "alnum": CharacterSet([range("0", "9"), range("A", "Z"), range("a", "z")]),
      "alpha": CharacterSet([range("A", "Z"), range("a", "z")]),
      "ascii": CharacterSet([0...0x7F]),
      "blank": CharacterSet([range("\t", "\t"), range(" ", " ")]),
      "cntrl": CharacterSet([0...0x1F, 0x7F...0x7F]),
      "digit": digit,
      "graph": CharacterSet([range("!", "~")]),
      "lower": CharacterSet([range("a", "z")]),
      "print": CharacterSet([range(" ", "~")]),
      "punct": CharacterSet([range("!", "/"), range(":", "@"), range("[", "`"), range("{", "~")]),
      "space": CharacterSet([range("\t", "\r"), range(" ", " ")]),
      "upper": CharacterSet([range("A", "Z")]),
      "word": word,
      "xdigit": CharacterSet([range("0", "9"), range("A", "F"), range("a", "f")]),
    ]

    /// Adds the characters of another set, as in `[\d\D]`.
    mutating func formUnion(_ other: CharacterSet) {
      guard other.isNegated else {
        ranges += other.ranges
        categories += other.categories
        return
      }
      var low: UInt32 = 0
      for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if range.lowerBound > low { ranges.append(low...range.lowerBound - 1) }
        low = max(low, range.upperBound + 1)
      }
      if low <= 0x10FFFF { ranges.append(low...0x10FFFF) }
    }

    /// `Lu` and the like; `Any` is asked for as a range.
    static let categoryNames: Set = [
      "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
      "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cs",
    ]

    private static func categoryName(_ scalar: Unicode.Scalar) -> String {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter: "Lu"
      case .lowercaseLetter: "Ll"
      case .titlecaseLetter: "Lt"
      case .modifierLetter: "Lm"
      case .otherLetter: "Lo"
      case .nonspacingMark: "Mn"
      case .spacingMark: "Mc"
      case .enclosingMark: "Me"
      case .decimalNumber: "Nd"
      case .letterNumber: "Nl"
      case .otherNumber: "No"
      case .connectorPunctuation: "Pc"
      case .dashPunctuation: "Pd"
      case .openPunctuation: "Ps"
      case .closePunctuation: "Pe"
      case .initialPunctuation: "Pi"
      case .finalPunctuation: "Pf"
      case .otherPunctuation: "Po"
      case .mathSymbol: "Sm"
      case .currencySymbol: "Sc"
      case .modifierSymbol: "Sk"
      case .otherSymbol: "So"
      case .spaceSeparator: "Zs"
      case .lineSeparator: "Zl"
      case .paragraphSeparator: "Zp"
      case .control: "Cc"
      case .format: "Cf"
      case .privateUse: "Co"
      case .surrogate: "Cs"
      case .unassigned: "Cn"
      @unknown default: "Cn"
      }
    }
  }
}
