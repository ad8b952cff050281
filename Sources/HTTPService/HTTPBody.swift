import NIOCore

/// Why the body of a request can't be read to its end.
public enum HTTPBodyError: Error, Sendable, Equatable {
  /// It has more bytes than the caller allows.
  case tooLarge(limit: Int)
  /// The client went away before it had sent the whole body.
  case disconnected
  /// The client sent nothing for too long.
  case timedOut
  /// The framing of the body is wrong.
  case malformed
  /// The reading task was cancelled.
  case cancelled
}

/// The body of a request: read once, in pieces or as a whole, while the client is still sending it.
///
/// A client that waits for `100 Continue` gets it when the reading begins. What isn't read is held back
/// at the client beyond a small buffer.
public struct HTTPBody: Sendable, AsyncSequence {
  public typealias Element = ByteBuffer
  public typealias Failure = HTTPBodyError

  typealias Source = Inbox<ByteBuffer, HTTPBodyError>

  enum Storage: Sendable {
    case whole(ByteBuffer)
    case arriving(Source, declaredLength: Int?)
  }

  let storage: Storage

  init(storage: Storage) { self.storage = storage }

  /// A body that is all there; empty by default.
  public init(_ bytes: ByteBuffer = ByteBuffer()) { storage = .whole(bytes) }

  /// A body of those bytes.
  public init(bytes: [UInt8]) { storage = .whole(ByteBuffer(bytes: bytes)) }

  /// Whether the request is known to have no body.
  public var isEmpty: Bool {
    switch storage {
    case .whole(let bytes): bytes.readableBytes == 0
    case .arriving: false
    }
  }

  /// Reads the body to its end.
  /// - Parameter limit: the most bytes to take; `tooLarge` beyond it, at once when the declared length is.
  public func collect(upTo limit: Int) async throws(HTTPBodyError) -> ByteBuffer {
    switch storage {
    case .whole(let bytes):
      guard bytes.readableBytes <= limit else { throw .tooLarge(limit: limit) }
      return bytes
    case .arriving(let source, let declaredLength):
      if let declaredLength, declaredLength > limit { throw .tooLarge(limit: limit) }
      guard var all = try await source.next() else { return ByteBuffer() }
      while all.readableBytes <= limit, var more = try await source.next() { all.writeBuffer(&more) }
      guard all.readableBytes <= limit else { throw .tooLarge(limit: limit) }
      return all
    }
  }

  /// The pieces as they arrive; a body has one reader.
  public func makeAsyncIterator() -> Iterator { Iterator(storage: storage) }

  /// The pieces of a body in order.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private var storage: Storage

    init(storage: Storage) { self.storage = storage }

    public mutating func next() async throws(HTTPBodyError) -> ByteBuffer? {
      switch storage {
      case .whole(let bytes):
        storage = .whole(ByteBuffer())
        return bytes.readableBytes == 0 ? nil : bytes
      case .arriving(let source, _):
        return try await source.next()
      }
    }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPBodyError)
      -> ByteBuffer?
    {
      try await next()
    }
  }
}
