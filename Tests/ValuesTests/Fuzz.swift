import Glibc

/// How long a random test goes on, and from which seed: set by scripts/fuzz-json for long runs.
enum Fuzz {
  static let seed: UInt64 = number("FUZZ_SEED") ?? 20_260_102
  private static let end = ContinuousClock.now + .seconds(Int64(clamping: number("FUZZ_SECONDS") ?? 0))

  static var isTimeLeft: Bool { ContinuousClock.now < end }

  private static func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}
