import ArgumentParser
import Drydock

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

  @Option(help: "Whether service account tokens are checked against live objects; only true is supported.")
  var serviceAccountLookup = true

  @Option(help: "For whom tokens are meant, comma-separated; the issuers by default.")
  var apiAudiences: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    guard serviceAccountLookup else {
      throw ValidationError("--service-account-lookup=false is not supported")
    }
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
    settings.serviceAccountMaxTokenExpiration = seconds
    settings.extendsServiceAccountTokens = serviceAccountExtendTokenExpiration
    settings.apiAudiences = Lists.split(apiAudiences)
  }
}

/// Durations as Go writes them: `24h`, `1h30m`, `45s`.
enum GoDuration {
  private static let units: [Character: Double] = ["h": 3600, "m": 60, "s": 1]

  /// Whole seconds; nil where the text is no duration. A bare 0 is one.
  static func seconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var total = 0.0
    var digits = ""
    for character in text {
      if character.isASCII, character.isNumber || character == "." {
        digits.append(character)
      } else {
        guard let unit = units[character], let number = Double(digits) else { return nil }
        total += number * unit
        digits = ""
      }
    }
    return digits.isEmpty && !text.isEmpty && total < 1e15 ? Int64(total) : nil
  }
}
