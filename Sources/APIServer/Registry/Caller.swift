import Authentication

/// On whose behalf the registry acts: a request of a client, or one of the server's own controllers.
struct Caller: Sendable {
  let user: UserInfo
  /// The name in managedFields.
  let manager: String
  /// Adds a `Warning` to the answer.
  let warn: @Sendable (String) -> Void
  /// Adds an audit annotation: key, value.
  let annotate: @Sendable (String, String) -> Void
  /// When the request's own time is over; nil for no limit.
  let deadline: ContinuousClock.Instant?
  /// Whether the caller may make the object of that name: asked where an update turns out to be a create.
  let mayCreate: @Sendable (_ name: String) async throws -> Void

  init(
    user: UserInfo, manager: String, warn: @escaping @Sendable (String) -> Void = { _ in },
    annotate: @escaping @Sendable (String, String) -> Void = { _, _ in },
    deadline: ContinuousClock.Instant? = nil,
    mayCreate: @escaping @Sendable (String) async throws -> Void = { _ in }
  ) {
    self.user = user
    self.manager = manager
    self.warn = warn
    self.annotate = annotate
    self.deadline = deadline
    self.mayCreate = mayCreate
  }
}
