import ArgumentParser
import Drydock

/// Flags about a proxy in front of the server that names users in header fields.
struct FrontProxyOptions: ParsableArguments {
  @Option(help: "Authorities of a front proxy's client certificate, in PEM; without it no proxy is believed.")
  var requestheaderClientCaFile: String?

  @Option(help: "Common names that the proxy's certificate may have, comma-separated; none allows any.")
  var requestheaderAllowedNames: [String] = []

  @Option(help: "Header fields with the user's name, comma-separated: X-Remote-User as a rule.")
  var requestheaderUsernameHeaders: [String] = []

  @Option(help: "Header fields with the user's uid, comma-separated: X-Remote-Uid as a rule.")
  var requestheaderUidHeaders: [String] = []

  @Option(help: "Header fields with the user's groups, comma-separated: X-Remote-Group as a rule.")
  var requestheaderGroupHeaders: [String] = []

  @Option(
    help: "Prefixes of header fields with what else is known of the user: X-Remote-Extra- as a rule.")
  var requestheaderExtraHeadersPrefix: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    let lists = [
      ("requestheader-username-headers", requestheaderUsernameHeaders),
      ("requestheader-uid-headers", requestheaderUidHeaders),
      ("requestheader-group-headers", requestheaderGroupHeaders),
      ("requestheader-extra-headers-prefix", requestheaderExtraHeadersPrefix),
    ]
    for (flag, list) in lists where list.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("empty value in \"\(flag)\"")
    }
    guard let file = requestheaderClientCaFile else { return }
    let usernames = Lists.split(requestheaderUsernameHeaders)
    guard !usernames.isEmpty else {
      throw ValidationError(
        "--requestheader-client-ca-file needs --requestheader-username-headers to know anybody")
    }
    settings.requestHeader = RequestHeaderSettings(
      clientCAFile: file,
      fields: .init(
        allowedNames: Lists.split(requestheaderAllowedNames), usernameHeaders: usernames,
        uidHeaders: Lists.split(requestheaderUidHeaders),
        groupHeaders: Lists.split(requestheaderGroupHeaders),
        extraHeaderPrefixes: Lists.split(requestheaderExtraHeadersPrefix)))
  }
}
