/// Functions over text that count in code points (cel-go's ext.Strings).
enum StringsLibrary {
  static func functions(version: Int) -> [FunctionDeclaration] {
    var functions = basic
    if version >= 1 { functions += [formatting, quoting] }
    if version >= 3 { functions += [reversing] }
    return functions.map { function in
      FunctionDeclaration(
        function.name,
        function.overloads.map {
          var overload = $0
          overload.isStandard = true
          return overload
        })
    }
  }

  private static let basic: [FunctionDeclaration] = [
    FunctionDeclaration(
      "charAt",
      [
        .member(
          "string_char_at_int", [.string, .int], .string,
          .binary { text, index throws(CELError) in
            let scalars = try scalars(text)
            let at = try position(index, in: scalars.count)
            return .string(at == scalars.count ? "" : String(scalars[at]))
          })
      ]),
    search("indexOf", "string_index_of_string") { ByteSearch.first(of: $1, in: $0, from: $2 ?? 0) },
    search("lastIndexOf", "string_last_index_of_string") {
      ByteSearch.last(of: $1, in: $0, upTo: $2 ?? $0.count)
    },
    FunctionDeclaration(
      "join",
      [
        .member(
          "list_join", [.list(.string)], .string,
          .unary { list throws(CELError) in
            .string(try join(list, ""))
          }),
        .member(
          "list_join_string", [.list(.string), .string], .string,
          .binary { list, separator throws(CELError) in
            .string(try join(list, try string(separator)))
          }),
      ]),
    mapping("lowerAscii", "string_lower_ascii") { ("A"..."Z").contains($0) ? shifted($0, 32) : $0 },
    mapping("upperAscii", "string_upper_ascii") { ("a"..."z").contains($0) ? shifted($0, -32) : $0 },
    FunctionDeclaration(
      "replace",
      [
        .member(
          "string_replace_string_string", [.string, .string, .string], .string,
          .ternary {
            text, old, new throws(CELError) in
            .string(try replace(try string(text), try string(old), try string(new), limit: -1))
          }),
        .member(
          "string_replace_string_string_int", [.string, .string, .string, .int], .string,
          .variadic {
            values throws(CELError) in
            let limit = try int(values[3])
            return .string(
              try replace(try string(values[0]), try string(values[1]), try string(values[2]), limit: limit))
          }),
      ]),
    FunctionDeclaration(
      "split",
      [
        .member(
          "string_split_string", [.string, .string], .list(.string),
          .binary { text, separator throws(CELError) in
            .values(split(try scalars(text), try scalars(separator), limit: -1))
          }),
        .member(
          "string_split_string_int", [.string, .string, .int], .list(.string),
          .ternary {
            text, separator, limit throws(CELError) in
            .values(split(try scalars(text), try scalars(separator), limit: try int(limit)))
          }),
      ]),
    FunctionDeclaration(
      "substring",
      [
        .member(
          "string_substring_int", [.string, .int], .string,
          .binary { text, start throws(CELError) in
            let scalars = try scalars(text)
            return .string(try slice(scalars, try int(start), Int64(scalars.count)))
          }),
        .member(
          "string_substring_int_int", [.string, .int, .int], .string,
          .ternary {
            text, start, end throws(CELError) in
            .string(try slice(try scalars(text), try int(start), try int(end)))
          }),
      ]),
    FunctionDeclaration(
      "trim",
      [
        .member(
          "string_trim", [.string], .string,
          .unary { text throws(CELError) in
            let scalars = try scalars(text)
            guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
              let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
            else { return .string("") }
            return .string(String(scalars[first...last]))
          })
      ]),
  ]

  private static let formatting = FunctionDeclaration(
    "format",
    [
      .member(
        "string_format", [.string, .list(.dyn)], .string,
        .binary { format, arguments throws(CELError) in
          guard case .list(let list) = arguments else { throw .noSuchOverload }
          var formatter = StringFormatter(arguments: list)
          return .string(try formatter.format(try string(format)))
        })
    ])

  private static let quoting = FunctionDeclaration(
    "strings.quote",
    [
      .global(
        "strings_quote", [.string], .string,
        .unary { text throws(CELError) in
          .string(quoted(try string(text)))
        })
    ])

  private static let reversing = FunctionDeclaration(
    "reverse",
    [
      .member(
        "string_reverse", [.string], .string,
        .unary { text throws(CELError) in
          .string(String(try scalars(text).reversed()))
        })
    ])

  // MARK: Arguments

  private static func string(_ value: CELValue) throws(CELError) -> String {
    guard case .string(let text) = value else { throw .noSuchOverload }
    return text
  }

  private static func int(_ value: CELValue) throws(CELError) -> Int64 {
    guard case .int(let number) = value else { throw .noSuchOverload }
    return number
  }

  private static func scalars(_ value: CELValue) throws(CELError) -> [Unicode.Scalar] {
    Array(try string(value).unicodeScalars)
  }

  /// An index that may be the end.
  private static func position(_ value: CELValue, in count: Int) throws(CELError) -> Int {
    let index = try int(value)
    guard index >= 0, index <= count else { throw CELError("index out of range: \(index)") }
    return Int(index)
  }

  // MARK: Work

  /// `indexOf` or `lastIndexOf`, with and without an offset.
  private static func search(
    _ name: String, _ id: String,
    _ find: @escaping @Sendable (_ text: [Unicode.Scalar], _ part: [Unicode.Scalar], _ offset: Int?) -> Int?
  ) -> FunctionDeclaration {
    FunctionDeclaration(
      name,
      [
        .member(
          id, [.string, .string], .int,
          .binary { text, part throws(CELError) in
            .int(Int64(find(try scalars(text), try scalars(part), nil) ?? -1))
          }),
        .member(
          "\(id)_int", [.string, .string, .int], .int,
          .ternary { text, part, offset throws(CELError) in
            let scalars = try scalars(text)
            let part = try self.scalars(part)
            let at = try position(offset, in: scalars.count)
            return .int(Int64(find(scalars, part, at) ?? -1))
          }),
      ])
  }

  private static func mapping(
    _ name: String, _ id: String, _ change: @escaping @Sendable (Unicode.Scalar) -> Unicode.Scalar
  ) -> FunctionDeclaration {
    FunctionDeclaration(
      name,
      [
        .member(
          id, [.string], .string,
          .unary { text throws(CELError) in
            .string(String(try scalars(text).map(change)))
          })
      ])
  }

  private static func shifted(_ scalar: Unicode.Scalar, _ by: Int32) -> Unicode.Scalar {
    Unicode.Scalar(UInt32(Int32(scalar.value) + by)) ?? scalar
  }

  private static func join(_ value: CELValue, _ separator: String) throws(CELError) -> String {
    guard case .list(let list) = value else { throw .noSuchOverload }
    var out = ""
    for (index, element) in list.enumerated() {
      if index > 0 { out += separator }
      out += try string(element)
    }
    return out
  }

  private static func slice(_ scalars: [Unicode.Scalar], _ start: Int64, _ end: Int64) throws(CELError)
    -> String
  {
    for index in [start, end] where index < 0 || index > scalars.count {
      throw CELError("index out of range: \(index)")
    }
    if start > end { throw CELError("invalid substring range. start: \(start), end: \(end)") }
    return String(scalars[Int(start)..<Int(end)])
  }

  /// The longest text that may be made.
  private static let sizeLimit = 1 << 26

  private static func replace(
    _ text: String, _ old: String, _ new: String, limit: Int64
  ) throws(CELError) -> String {
    let source = Array(text.unicodeScalars)
    let pattern = Array(old.unicodeScalars)
    let replacement = Array(new.unicodeScalars)
    var out: [Unicode.Scalar] = []
    var at = 0
    var count: Int64 = 0
    while limit < 0 || count < limit {
      if pattern.isEmpty {
        // Between all code points and at both ends.
        out += replacement
        count += 1
        guard at < source.count else { break }
        out.append(source[at])
        at += 1
      } else {
        guard let found = ByteSearch.first(of: pattern, in: source, from: at) else { break }
        out += source[at..<found]
        out += replacement
        at = found + pattern.count
        count += 1
      }
      if out.count > sizeLimit { throw CELError("replace: result too long") }
    }
    out += source[min(at, source.count)...]
    return String(out)
  }

  /// As Go's strings.SplitN.
  private static func split(
    _ text: [Unicode.Scalar], _ separator: [Unicode.Scalar], limit: Int64
  ) -> [CELValue] {
    if limit == 0 { return [] }
    var parts: [CELValue] = []
    var at = 0
    while limit < 0 || parts.count < limit - 1 {
      if separator.isEmpty {
        guard at < text.count - 1 else { break }
        parts.append(.string(String(text[at])))
        at += 1
      } else {
        guard let found = ByteSearch.first(of: separator, in: text, from: at) else { break }
        parts.append(.string(String(text[at..<found])))
        at = found + separator.count
      }
    }
    if separator.isEmpty, text.isEmpty { return parts }
    return parts + [.string(String(text[at...]))]
  }

  /// In double quotes, with escapes for what can't be seen.
  private static func quoted(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\u{07}": "\\a", "\u{08}": "\\b", "\u{0C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
      "\u{0B}": "\\v", "\\": "\\\\", "\"": "\\\"",
    ]
    var out = "\""
    for scalar in text.unicodeScalars {
      if let escape = escapes[scalar] { out += escape } else { out.unicodeScalars.append(scalar) }
    }
    return out + "\""
  }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}

extension Library {
  /// Functions over text: `charAt`, `indexOf`, `join`, `lowerAscii`, `replace`, `split`, `substring`, `trim`;
  /// from version 1 `format` and `strings.quote`; from version 3 `reverse`.
  public static func strings(version: Int) -> Library {
    Library(functions: StringsLibrary.functions(version: version))
  }
}
