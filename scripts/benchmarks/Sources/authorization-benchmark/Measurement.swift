import Authorization
import Glibc

/// One line of the benchmark: decisions by a policy of a size, and the memory that its index takes.
struct Measurement {
  static let header =
    "bindings   rules  allowed  median µs  99 % µs  longest µs  index MiB  bytes a rule"
  private static let requests = 20_000

  private let policy: Policy
  private let indexBytes: Int
  private let allowed: Int
  /// Of each decision, sorted, in nanoseconds.
  private let times: [Int]

  /// Decides on the concurrent pool, as a server does: on the main actor each decision would change threads.
  nonisolated init(bindings: Int) async throws {
    policy = try Policy(bindings: bindings)
    let before = Self.residentBytes()
    let index = RBACIndex(store: policy.store)
    indexBytes = max(Self.residentBytes() - before, 0)
    let authorizer = UnionAuthorizer([RBACAuthorizer(index: index)])
    let requests = policy.requests(Self.requests)
    var allowed = 0
    var times: [Int] = []
    times.reserveCapacity(requests.count)
    // The first rounds warm up.
    for round in 0..<3 {
      times.removeAll(keepingCapacity: true)
      for request in requests {
        let start = ContinuousClock.now
        let decision = await authorizer.authorize(request)
        times.append(Self.nanoseconds(start.duration(to: .now)))
        if round == 0, decision.isAllowed { allowed += 1 }
      }
    }
    self.allowed = allowed
    self.times = times.sorted()
  }

  /// The figures in columns under ``header``.
  var line: String {
    [
      Self.padded(String(policy.bindings), 8), Self.padded(String(policy.rules), 8),
      Self.padded("\(100 * allowed / Self.requests) %", 9),
      Self.microseconds(at: times.count / 2, of: times, 11),
      Self.microseconds(at: times.count * 99 / 100, of: times, 9),
      Self.microseconds(at: times.count - 1, of: times, 12),
      Self.padded("\(indexBytes >> 20).\((indexBytes & 0xF_FFFF) * 10 >> 20)", 11),
      Self.padded(String(indexBytes / policy.rules), 14),
    ].joined()
  }

  private static func microseconds(at index: Int, of times: [Int], _ width: Int) -> String {
    let hundredths = times[index] / 10
    let fraction = String(hundredths % 100)
    return padded("\(hundredths / 100)." + (fraction.count == 1 ? "0" : "") + fraction, width)
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func nanoseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000_000_000 + Int(duration.components.attoseconds / 1_000_000_000)
  }

  /// Bytes of the process's memory.
  private static func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}
