import Schema

/// Runs a write; a failure with one of the codes only says that somebody else was quicker, or that the
/// object's namespace has begun to go.
func tolerating(
  _ codes: Int..., write: @Sendable () async throws(StatusError) -> Void
) async throws(StatusError) {
  do throws(StatusError) {
    try await write()
  } catch {
    if !codes.contains(error.code) { throw error }
  }
}
