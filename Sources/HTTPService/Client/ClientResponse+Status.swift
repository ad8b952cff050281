import NIOHTTP1

extension ClientResponse {
  /// The status with its usual reason, as Go prints it: `404 Not Found`.
  public var statusText: String {
    "\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)"
  }
}
