import HTTPService
import Values

/// How the documents of a provider are fetched.
struct OIDCTransport: Sendable {
  var client: any HTTPRequesting
  /// Addresses in whose place others are asked: an issuer's discovery document and its `discoveryURL`.
  var rewrites: [String: String] = [:]

  /// What a provider answered.
  struct Document: Sendable {
    var value: Value
    /// As they came.
    var bytes: [UInt8]
    /// Field values by lower-case name.
    var headers: [String: String]
  }

  /// From connecting to the last byte, as the real server's client.
  static let timeout = Duration.seconds(30)
  /// No key set or discovery document is as long.
  static let maximumBytes = 1 << 20
  /// Of a provider's own words so many are shown.
  private static let shownBytes = 256

  func get(_ url: String, token: String = "") async throws(HTTPClientError) -> ClientResponse {
    var request = ClientRequest(
      .GET, rewrites[url] ?? url, timeout: Self.timeout, maximumResponseBytes: Self.maximumBytes)
    if !token.isEmpty { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    return try await client.send(request)
  }

  /// The document at an address.
  /// - Parameters:
  ///   - failed: begins the error of a request that was not sent or not answered.
  ///   - refused: begins that of one that was not answered 200.
  ///   - undecoded: begins that of a document that is no JSON.
  func document(
    _ url: String, failed: String = "", refused: String = "", undecoded: String
  ) async throws(OIDCError) -> Document {
    let response: ClientResponse
    do throws(HTTPClientError) {
      response = try await get(url)
    } catch {
      throw OIDCError(failed + error.description)
    }
    guard response.status == 200 else {
      throw OIDCError(refused + Self.status(response) + " " + Self.shown(response.body))
    }
    let type = response.headers.first(name: "Content-Type") ?? ""
    do throws(JSON.SyntaxError) {
      let value = try JSON.parse(response.body, limits: JSON.Limits(depth: IDToken.maximumDepth))
      var headers: [String: String] = [:]
      for (name, value) in response.headers { headers[name.lowercased()] = value }
      return Document(value: value, bytes: response.body, headers: headers)
    } catch {
      let isJSON = type.prefix { $0 != ";" } == "application/json"
      throw OIDCError(
        undecoded
          + (isJSON
            ? "got Content-Type = application/json, but could not unmarshal as JSON: \(error)"
            : "expected Content-Type = application/json, got \(GoText.quoted(type)): \(error)"))
    }
  }

  /// `404 Not Found`.
  static func status(_ response: ClientResponse) -> String { response.statusText }

  /// The beginning of a text from elsewhere.
  static func shown(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(shownBytes), as: UTF8.self) + (bytes.count > shownBytes ? "…" : "")
  }
}
