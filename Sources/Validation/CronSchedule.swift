import Values

/// The schedule of a CronJob: five fields, or a descriptor such as `@daily` (crontab(5); Kubernetes docs,
/// "CronJob", "Schedule syntax").
enum CronSchedule {
  private struct Bounds {
    let low: Int
    let high: Int
    var names: [String: Int] = [:]
  }

  private static let fields: [Bounds] = [
    Bounds(low: 0, high: 59), Bounds(low: 0, high: 23), Bounds(low: 1, high: 31),
    Bounds(low: 1, high: 12, names: numbered("jan feb mar apr may jun jul aug sep oct nov dec", from: 1)),
    Bounds(low: 0, high: 6, names: numbered("sun mon tue wed thu fri sat", from: 0)),
  ]
  private static let descriptors = [
    "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
  ]

  private static func numbered(_ names: String, from first: Int) -> [String: Int] {
    let pairs = names.split(separator: " ").enumerated().map { (String($1), $0 + first) }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  private struct Fault: Error { let text: String }

  /// What is wrong with a schedule, in the server's words; nil for a good one.
  static func fault(_ schedule: String) -> String? {
    do {
      try check(schedule)
      return nil
    } catch {
      return (error as? Fault)?.text
    }
  }

  private static func check(_ schedule: String) throws {
    if schedule.isEmpty { throw Fault(text: "empty spec string") }
    var rest = schedule[...]
    if rest.hasPrefix("TZ=") || rest.hasPrefix("CRON_TZ=") {
      let zone = rest.prefix { $0 != " " }
      let name = zone.drop { $0 != "=" }.dropFirst()
      if !TimeZones.exists(String(name)) {
        throw Fault(text: "provided bad location \(name): unknown time zone \(name)")
      }
      rest = rest.dropFirst(zone.count).drop { $0.isWhitespace }
    }
    if rest.hasPrefix("@") { return try descriptor(rest) }
    let parts = rest.split { $0.isWhitespace }
    guard parts.count == fields.count else {
      let list = parts.joined(separator: " ")
      throw Fault(text: "expected exactly \(fields.count) fields, found \(parts.count): [\(list)]")
    }
    for (part, bounds) in zip(parts, fields) {
      for range in part.split(separator: ",") { try self.range(String(range), bounds) }
    }
  }

  private static func descriptor(_ text: Substring) throws {
    if descriptors.contains(String(text)) { return }
    guard text.hasPrefix("@every ") else { throw Fault(text: "unrecognized descriptor: \(text)") }
    do throws(GoDuration.SyntaxError) {
      _ = try GoDuration.parse(String(text.dropFirst("@every ".count)))
    } catch {
      throw Fault(text: "failed to parse duration \(text): \(error.message)")
    }
  }

  private static func range(_ text: String, _ bounds: Bounds) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    var (low, high) = (bounds.low, bounds.high)
    if ends[0] != "*", ends[0] != "?" {
      low = try number(ends[0], bounds, in: text)
      switch ends.count {
      case 1: high = low
      case 2: high = try number(ends[1], bounds, in: text)
      default: throw Fault(text: "too many hyphens: \(text)")
      }
    }
    var step = 1
    switch parts.count {
    case 1: break
    case 2:
      step = try number(parts[1], Bounds(low: 0, high: .max), in: text)
      if ends.count == 1 { high = bounds.high }
    default: throw Fault(text: "too many slashes: \(text)")
    }
    if low < bounds.low {
      throw Fault(text: "beginning of range (\(low)) below minimum (\(bounds.low)): \(text)")
    }
    if high > bounds.high {
      throw Fault(text: "end of range (\(high)) above maximum (\(bounds.high)): \(text)")
    }
    if low > high {
      throw Fault(text: "beginning of range (\(low)) beyond end of range (\(high)): \(text)")
    }
    if step == 0 { throw Fault(text: "step of range should be a positive number: \(text)") }
  }

  private static func number(_ text: String, _ bounds: Bounds, in whole: String) throws -> Int {
    if let named = bounds.names[text.lowercased()] { return named }
    guard let number = Int(text) else {
      throw Fault(
        text: "failed to parse int from \(text): strconv.Atoi: parsing \"\(text)\": invalid syntax")
    }
    if number < 0 { throw Fault(text: "negative number (\(number)) not allowed: \(text)") }
    return number
  }
}
