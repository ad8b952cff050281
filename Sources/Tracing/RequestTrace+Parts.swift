import Values

extension RequestTrace {
  /// Carries out a part of the current request: its time is kept, and it is a span of the request's trace. Costs
  /// next to nothing where there is no request, or it is not traced.
  /// - Parameters:
  ///   - part: whose time is kept; nil for none.
  ///   - kind: `client` for what another server is asked.
  /// - Throws: what the body throws.
  public static func span<R, E: Error>(
    _ name: @autoclosure () -> String, _ part: LatencyPart? = nil, _ kind: Span.Kind = .internal,
    attributes: @autoclosure () -> [Span.Attribute] = [], isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws(E) -> R
  ) async throws(E) -> R {
    guard let place else { return try await body() }
    guard place.trace.recorded != nil else {
      guard let part else { return try await body() }
      let start = ContinuousClock.now
      defer { place.trace.latency.add(start.duration(to: .now), to: part) }
      return try await body()
    }
    let span = place.trace.beginSpan(name(), under: place.span, kind, attributes())
    let start = ContinuousClock.now
    let result: Result<R, E> = await $place.withValue(Place(trace: place.trace, span: span?.context.spanID)) {
      do throws(E) { return .success(try await body()) } catch { return .failure(error) }
    }
    finish(place.trace, span, part, start.duration(to: .now), result)
    return try result.get()
  }

  /// The same for what never waits.
  public static func measure<R, E: Error>(
    _ name: @autoclosure () -> String, _ part: LatencyPart? = nil, _ body: () throws(E) -> R
  ) throws(E) -> R {
    guard let place, part != nil || place.trace.recorded != nil else { return try body() }
    let span = place.trace.beginSpan(name(), under: place.span, .internal, [])
    let start = ContinuousClock.now
    let result: Result<R, E>
    do throws(E) { result = .success(try body()) } catch { result = .failure(error) }
    finish(place.trace, span, part, start.duration(to: .now), result)
    return try result.get()
  }

  private static func finish<R, E: Error>(
    _ trace: RequestTrace, _ span: Span?, _ part: LatencyPart?, _ elapsed: Duration, _ result: Result<R, E>
  ) {
    if let part { trace.latency.add(elapsed, to: part) }
    guard let span else { return }
    // What went wrong may name what is secret: the request's own answer tells it to whom it concerns.
    if case .failure = result {
      trace.endSpan(span, elapsed, failure: "failed")
    } else {
      trace.endSpan(span, elapsed, failure: nil)
    }
  }
}
