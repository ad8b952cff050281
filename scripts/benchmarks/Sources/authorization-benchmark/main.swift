import Authorization
import Glibc

/// Measures RBAC decisions in process, and how they and the index grow with the policy:
///
///     swift run --configuration release --package-path scripts/benchmarks authorization-benchmark

/// Bytes of the process's memory.
func residentBytes() -> Int {
  malloc_trim(0)
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, 256, file) != nil else { return 0 }
  let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}

func nanoseconds(_ duration: Duration) -> Int {
  Int(duration.components.seconds) * 1_000_000_000 + Int(duration.components.attoseconds / 1_000_000_000)
}

func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

func microseconds(_ nanoseconds: Int) -> String {
  "\(nanoseconds / 1000).\(padded(String(nanoseconds % 1000 / 10), 2).map { $0 == " " ? "0" : String($0) }.joined())"
}

print("bindings   rules  allowed  median µs  99 % µs  longest µs  index MiB  bytes a rule")
for bindings in [100, 1_000, 10_000] {
  let policy = try Policy(bindings: bindings)
  let before = residentBytes()
  let index = RBACIndex(store: policy.store)
  let memory = max(residentBytes() - before, 0)
  let authorizer = UnionAuthorizer([RBACAuthorizer(index: index)])
  let requests = policy.requests(20_000)
  var allowed = 0
  var times: [Int] = []
  times.reserveCapacity(requests.count)
  // The first round warms up.
  for round in 0..<3 {
    times.removeAll(keepingCapacity: true)
    for request in requests {
      let start = ContinuousClock.now
      let decision = await authorizer.authorize(request)
      times.append(nanoseconds(start.duration(to: .now)))
      if round == 0, decision.isAllowed { allowed += 1 }
    }
  }
  times.sort()
  let columns = [
    (padded(String(bindings), 8)), padded(String(policy.rules), 8),
    padded("\(100 * allowed / requests.count) %", 9), padded(microseconds(times[times.count / 2]), 11),
    padded(microseconds(times[times.count * 99 / 100]), 9), padded(microseconds(times[times.count - 1]), 12),
    padded("\(memory / 1_048_576).\(memory % 1_048_576 * 10 / 1_048_576)", 11),
    padded(String(memory / policy.rules), 14),
  ]
  print(columns.joined())
}
