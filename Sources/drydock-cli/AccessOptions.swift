import ArgumentParser
import Drydock

/// Flags about what requests may do.
struct AccessOptions: ParsableArguments {
  @Option(
    help:
      "Authorizers in the order in which they are asked, comma-separated: Node, RBAC, AlwaysAllow, AlwaysDeny."
  )
  var authorizationMode: [String] = ["Node,RBAC"]

  @Option(help: "Admission plugins to run besides the default ones, comma-separated.")
  var enableAdmissionPlugins: [String] = []

  @Option(help: "Default admission plugins not to run, comma-separated.")
  var disableAdmissionPlugins: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    settings.authorizationModes = Lists.split(authorizationMode)
    settings.enabledAdmissionPlugins = Lists.split(enableAdmissionPlugins)
    settings.disabledAdmissionPlugins = Lists.split(disableAdmissionPlugins)
  }
}
