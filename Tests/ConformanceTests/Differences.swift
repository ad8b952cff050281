import Values

/// Says where an answer is not the one wanted.
enum Differences {
  /// - Returns: a line a difference, none where the two agree.
  static func between(_ want: Value, _ got: Value, at place: String = "") -> [String] {
    let here = place.isEmpty ? "." : place
    switch (want, got) {
    case (.object(let wanted), .object(let found)):
      return Set(wanted.keys).union(found.keys).sorted().flatMap { key -> [String] in
        switch (wanted[key], found[key]) {
        case (let a?, let b?): between(a, b, at: "\(place).\(key)")
        case (let a?, nil): ["\(place).\(key): missing, want \(short(a))"]
        case (nil, let b?): ["\(place).\(key): not expected, got \(short(b))"]
        case (nil, nil): []
        }
      }
    case (.array(let wanted), .array(let found)):
      let length =
        wanted.count == found.count ? [] : ["\(here): want \(wanted.count) elements, got \(found.count)"]
      return length
        + zip(wanted, found).enumerated().flatMap { between($1.0, $1.1, at: "\(place)[\($0)]") }
    default:
      return want == got ? [] : ["\(here): want \(short(want)), got \(short(got))"]
    }
  }

  private static func short(_ value: Value) -> String {
    let text = JSON.text(value)
    return text.count <= 400 ? text : text.prefix(400) + "…"
  }
}
