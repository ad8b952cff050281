/// What a span tells of itself besides its name and time.
public enum SpanValue: Sendable, Equatable {
  case string(String)
  case int(Int64)
  case bool(Bool)
}

/// A part of a request's way with its beginning and end (OpenTelemetry specification, "Span").
public struct Span: Sendable {
  public typealias Attribute = (key: String, value: SpanValue)

  /// In OTLP's numbers.
  public enum Kind: Int, Sendable {
    case `internal` = 1
    case server = 2
    case client = 3
  }

  public var context: TraceContext
  /// The span that this one is a part of; nil for the first of a trace.
  public var parent: UInt64?
  public var name: String
  public var kind: Kind
  /// Nanoseconds since 1970.
  public var start: Int64
  public var end: Int64
  public var attributes: [Attribute]
  /// Why it failed; nil where it did not.
  public var failure: String?
  /// A trace of somebody else's that the request named.
  public var link: TraceContext?

  init(
    context: TraceContext, parent: UInt64?, name: String, kind: Kind, start: Int64,
    attributes: [Attribute] = []
  ) {
    self.context = context
    self.parent = parent
    self.name = name
    self.kind = kind
    self.start = start
    end = start
    self.attributes = attributes
  }
}
