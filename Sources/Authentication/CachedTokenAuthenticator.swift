import Security
import Synchronization
import Values

/// Remembers for a while whose a token is, and, where asked to, that it is nobody's; errors are not remembered
/// (k8s.io/apiserver/pkg/authentication/token/cache). However many requests bring a token at the same time, the
/// authenticators are asked about it once.
public final class CachedTokenAuthenticator: TokenAuthenticator {
  /// What is remembered of a token; an object, so that a look-up copies nothing.
  private final class Entry: Sendable {
    /// Nil for a token that is nobody's.
    let result: AuthenticationResult?
    /// Repeated to every request that brings the token.
    let notes: AuthenticationNotes
    let deadline: Timestamp

    init(_ result: AuthenticationResult?, _ notes: AuthenticationNotes, until deadline: Timestamp) {
      self.result = result
      self.notes = notes
      self.deadline = deadline
    }
  }

  /// What the authenticators said.
  private struct Answer {
    var result: Result<AuthenticationResult?, AuthenticationError>
    var notes: AuthenticationNotes
  }

  /// The 32 bytes of a digest, in words: they are quick to look up.
  private struct Key: Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ digest: [UInt8]) {
      words = digest.withUnsafeBytes { bytes in
        func word(_ index: Int) -> UInt64 {
          let end = (index + 1) * 8
          return end <= bytes.count ? bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) : 0
        }
        return (word(0), word(1), word(2), word(3))
      }
    }

    static func == (a: Key, b: Key) -> Bool { a.words == b.words }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
  }

  /// Waits for an answer, but no longer than its own task lives.
  private final class Waiter: Sendable {
    private struct State {
      var continuation: CheckedContinuation<Answer?, Never>?
      var isOver = false
    }

    private let state = Mutex(State())

    /// - Returns: nil where the task was cancelled before there was an answer.
    func value(of fetch: Task<Answer, Never>) async -> Answer? {
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
          }
          if isOver { return continuation.resume(returning: nil) }
          Task { finish(await fetch.value) }
        }
      } onCancel: {
        finish(nil)
      }
    }

    private func finish(_ answer: Answer?) {
      let continuation = state.withLock { state in
        defer {
          state.continuation = nil
          state.isOver = true
        }
        return state.continuation
      }
      continuation?.resume(returning: answer)
    }
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var fetches: [Key: Task<Answer, Never>] = [:]
  }

  /// For so long the authenticators may think about a token.
  private static let fetchLimit = Duration.seconds(30)

  private let inner: any TokenAuthenticator
  private let lifetime: Int64
  private let failureLifetime: Int64
  private let capacity: Int
  private let metrics: AuthenticationMetrics?
  private let now: @Sendable () -> Timestamp
  private let digestKey = Digest.randomBytes(32)
  private let state = Mutex(State())

  /// - Parameters:
  ///   - lifetime: for how many seconds a success is remembered; 0 for not at all.
  ///   - failureLifetime: for how many seconds it is remembered that a token is nobody's.
  ///   - capacity: how many tokens are remembered at most.
  public init(
    _ inner: any TokenAuthenticator, lifetime: Int64 = 10, failureLifetime: Int64 = 0,
    capacity: Int = 4096, metrics: AuthenticationMetrics? = nil,
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.inner = inner
    self.lifetime = lifetime
    self.failureLifetime = failureLifetime
    self.capacity = capacity
    self.metrics = metrics
    self.now = now
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    let begin = ContinuousClock.now
    let key = key(token, audiences)
    let start = now()
    if let hit = state.withLock({ $0.entries[key] }), start < hit.deadline {
      notes.merge(hit.notes)
      metrics?.tokenCache.didAnswer(isHit: true, begin.duration(to: .now))
      return hit.result
    }
    metrics?.tokenCache.waiting(1)
    let answer = await Waiter().value(of: fetch(key, token, audiences, start))
    metrics?.tokenCache.waiting(-1)
    metrics?.tokenCache.didAnswer(isHit: false, begin.duration(to: .now))
    guard let answer else { throw AuthenticationError("context canceled") }
    notes.merge(answer.notes)
    return try answer.result.get()
  }

  /// Forgets everything.
  public func removeAll() { state.withLock { $0.entries.removeAll() } }

  /// What the authenticators are being asked about the token, or are from now on.
  private func fetch(
    _ key: Key, _ token: String, _ audiences: [String]?, _ start: Timestamp
  ) -> Task<Answer, Never> {
    state.withLock { state in
      if let running = state.fetches[key] { return running }
      // A task of its own: whoever asked first may go away, the others go on waiting.
      let fetch = Task { [self] in
        let answer = await ask(token, audiences)
        keep(answer, key, start)
        return answer
      }
      state.fetches[key] = fetch
      return fetch
    }
  }

  private func ask(_ token: String, _ audiences: [String]?) async -> Answer {
    metrics?.tokenCache.willFetch()
    let inner = inner
    let work = Task {
      var notes = AuthenticationNotes()
      do throws(AuthenticationError) {
        let result = try await inner.authenticate(token: token, audiences: audiences, &notes)
        return Answer(result: .success(result), notes: notes)
      } catch {
        return Answer(result: .failure(error), notes: notes)
      }
    }
    let limit = Task {
      try await Task.sleep(for: Self.fetchLimit)
      work.cancel()
    }
    let answer = await work.value
    limit.cancel()
    let isError = if case .failure = answer.result { true } else { false }
    metrics?.tokenCache.didFetch(isError: isError)
    return answer
  }

  private func keep(_ answer: Answer, _ key: Key, _ start: Timestamp) {
    state.withLock { state in
      state.fetches[key] = nil
      guard case .success(let result) = answer.result else { return }
      let seconds = result == nil ? failureLifetime : lifetime
      guard seconds > 0 else { return }
      if state.entries.count >= capacity {
        state.entries = state.entries.filter { start < $0.value.deadline }
      }
      if state.entries.count >= capacity { state.entries.removeAll() }
      state.entries[key] = Entry(result, answer.notes, until: start.adding(seconds: seconds))
    }
  }

  /// A keyed digest of the token and the audiences: the tokens themselves are not kept.
  private func key(_ token: String, _ audiences: [String]?) -> Key {
    var text: [UInt8] = []
    text.reserveCapacity(digestKey.count + token.utf8.count + 2)
    text += digestKey
    text += token.utf8
    // No text holds this byte: what is before and after it can't be mistaken for each other.
    text.append(0xFF)
    for audience in audiences ?? [] {
      text += audience.utf8
      text.append(0xFF)
    }
    if audiences == nil { text.append(0xFE) }
    return Key(Digest.sha256(text))
  }
}
