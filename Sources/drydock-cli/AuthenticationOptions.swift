import ArgumentParser
import Drydock
import Values

/// Flags about who may log in, and how.
struct AuthenticationOptions: ParsableArguments {
  @Option(
    help:
      "Whether requests without credentials are those of system:anonymous (true or false); true by default.")
  var anonymousAuth: Bool?

  @Option(help: "A file with an AuthenticationConfiguration: issuers of tokens, anonymous requests.")
  var authenticationConfig: String?

  @Option(help: "Static bearer tokens: lines of token,user,uid,\"group1,group2\".")
  var tokenAuthFile: String?

  @Option(help: "Issuer of service account tokens; may be repeated, the first one signs.")
  var serviceAccountIssuer: [String] = []

  @Option(help: "Keys that service account tokens are verified with, in PEM; may be repeated.")
  var serviceAccountKeyFile: [String] = []

  @Option(help: "The key that signs service account tokens, in PEM.")
  var serviceAccountSigningKeyFile: String?

  @Option(help: "The longest validity of a service account token, such as 24h; 0 for no limit.")
  var serviceAccountMaxTokenExpiration = "0"

  @Option(
    help: "Whether tokens of pods live on for a year when they should have been renewed (true or false).")
  var serviceAccountExtendTokenExpiration = true

  @Option(
    help: "Whether the tokens of Secrets end with their Secret and their account (true or false).")
  var serviceAccountLookup = true

  @Option(help: "Where others find the keys of service account tokens, an https URL; this server by default.")
  var serviceAccountJwksUri: String?

  @Option(help: "Whether bootstrap tokens let new nodes in (true or false).")
  var enableBootstrapTokenAuth = false

  @Option(help: "How long certificates live that the cluster's signers make, such as 8760h.")
  var clusterSigningDuration = "8760h"

  @Option(help: "For whom tokens are meant, comma-separated; the issuers by default.")
  var apiAudiences: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    settings.looksUpServiceAccountTokens = serviceAccountLookup
    settings.serviceAccountKeySetURL = serviceAccountJwksUri
    settings.enablesBootstrapTokens = enableBootstrapTokenAuth
    guard let duration = GoDuration.seconds(clusterSigningDuration), duration >= 600 else {
      throw ValidationError(
        "--cluster-signing-duration: \(clusterSigningDuration) is no duration of ten minutes or more")
    }
    settings.clusterSigningDuration = duration
    settings.allowsAnonymous = anonymousAuth ?? true
    settings.anonymousAuthIsGiven = anonymousAuth != nil
    settings.authenticationConfigFile = authenticationConfig
    settings.tokenAuthFile = tokenAuthFile
    if !serviceAccountIssuer.isEmpty { settings.serviceAccountIssuers = serviceAccountIssuer }
    settings.serviceAccountKeyFiles = serviceAccountKeyFile
    settings.serviceAccountSigningKeyFile = serviceAccountSigningKeyFile
    guard let seconds = GoDuration.seconds(serviceAccountMaxTokenExpiration), seconds >= 0 else {
      throw ValidationError(
        "--service-account-max-token-expiration: \(serviceAccountMaxTokenExpiration) is no duration such as 24h"
      )
    }
    guard seconds == 0 || (3600...(1 << 32)).contains(seconds) else {
      throw ValidationError(
        "the service-account-max-token-expiration must be between 1 hour and 2^32 seconds")
    }
    settings.serviceAccountMaxTokenExpiration = seconds
    settings.extendsServiceAccountTokens = serviceAccountExtendTokenExpiration
    settings.apiAudiences = Lists.split(apiAudiences)
  }
}
