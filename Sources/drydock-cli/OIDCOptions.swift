import ArgumentParser
import Authentication
import Drydock

/// Flags about one issuer of ID tokens; `--authentication-config` is for several.
struct OIDCOptions: ParsableArguments {
  @Option(
    name: .customLong("oidc-issuer-url"),
    help: "The URL of the OpenID issuer, https only: `iss` in its tokens.")
  var oidcIssuerURL: String?

  @Option(name: .customLong("oidc-client-id"), help: "The client that ID tokens must be for: `aud`.")
  var oidcClientID: String?

  @Option(
    name: .customLong("oidc-ca-file"),
    help: "Whom to believe that a server is the issuer, in PEM; the system's authorities by default.")
  var oidcCAFile: String?

  @Option(help: "The claim that is the user name; sub by default.")
  var oidcUsernameClaim: String?

  @Option(
    help: "Put before user names; - for nothing. The issuer and # by default, unless the claim is email.")
  var oidcUsernamePrefix: String?

  @Option(help: "The claim that has the groups: a text or a list of texts.")
  var oidcGroupsClaim: String?

  @Option(help: "Put before the names of groups.")
  var oidcGroupsPrefix: String?

  @Option(help: "Signature algorithms that are accepted, comma-separated: RS256 (the default) … PS512.")
  var oidcSigningAlgs: [String] = []

  @Option(help: "claim=value that an ID token must have; may be repeated.")
  var oidcRequiredClaim: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    var flags = OIDCFlags()
    let texts = [
      oidcIssuerURL, oidcClientID, oidcCAFile, oidcUsernameClaim, oidcUsernamePrefix, oidcGroupsClaim,
      oidcGroupsPrefix,
    ]
    flags.isGiven = texts.contains { $0 != nil } || !oidcSigningAlgs.isEmpty || !oidcRequiredClaim.isEmpty
    flags.issuerURL = oidcIssuerURL ?? ""
    flags.clientID = oidcClientID ?? ""
    flags.certificateAuthorityFile = oidcCAFile ?? ""
    flags.usernameClaim = oidcUsernameClaim ?? flags.usernameClaim
    flags.usernamePrefix = oidcUsernamePrefix ?? ""
    flags.groupsClaim = oidcGroupsClaim ?? ""
    flags.groupsPrefix = oidcGroupsPrefix ?? ""
    if !oidcSigningAlgs.isEmpty { flags.signingAlgorithms = Lists.split(oidcSigningAlgs) }
    for pair in oidcRequiredClaim {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--oidc-required-claim: malformed pair, expect string=string")
      }
      flags.requiredClaims[parts[0]] = parts[1]
    }
    settings.oidc = flags
  }
}
