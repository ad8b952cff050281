/// How much of the past the store keeps. Every bound is for one resource.
public struct StoreOptions: Sendable {
  /// How long the state of a revision can be read after it was replaced.
  public var snapshotAge: Duration = .seconds(5 * 60)
  /// The most states that are kept besides the current one.
  public var snapshotCount = 1000
  /// The most events that are kept for watches that start in the past.
  public var eventCount = 4096
  /// The most bytes of encoded objects that either history keeps alive. In memory an object takes
  /// several times its encoded length.
  public var historyBytes = 4 << 20
  /// The most bytes of one encoded object.
  public var objectBytes = 3 << 20
  /// The most events that wait for one watcher; one more ends the watch.
  public var watchBuffer = 1024
  /// The clock by which states grow old.
  public var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }

  public init() {}
}
