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
  /// Adds an audit annotation that is kept only where objects are: key, value.
  let annotateContent: @Sendable (String, String) -> Void
  /// When the request's own time is over; nil for no limit.
  let deadline: ContinuousClock.Instant?
  /// Whether the caller may make the object of that name: asked where an update turns out to be a create.
  let mayCreate: @Sendable (_ name: String) async throws -> Void

  init(
    user: UserInfo, manager: String, warn: @escaping @Sendable (String) -> Void = { _ in },
    annotate: @escaping @Sendable (String, String) -> Void = { _, _ in },
    annotateContent: @escaping @Sendable (String, String) -> Void = { _, _ in },
    deadline: ContinuousClock.Instant? = nil,
    mayCreate: @escaping @Sendable (String) async throws -> Void = { _ in }
  ) {
    self.user = user
    self.manager = manager
    self.warn = warn
    self.annotate = annotate
    self.annotateContent = annotateContent
    self.deadline = deadline
    self.mayCreate = mayCreate
  }
}

extension Caller {
  /// The client of a request that has no options of its own.
  init(_ context: RequestContext) {
    self.init(
      user: context.user, manager: WriteOptions.manager("", context), warn: { context.warn($0) },
      annotate: { context.annotate($0, $1) }, annotateContent: { context.annotateContent($0, $1) },
      deadline: context.deadline)
  }
}
