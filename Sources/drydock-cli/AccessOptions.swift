import ArgumentParser
import Drydock

/// Flags about the checks before something is written.
struct AccessOptions: ParsableArguments {
  @Option(help: "Admission plugins to run besides the default ones, comma-separated.")
  var enableAdmissionPlugins: [String] = []

  @Option(help: "Default admission plugins not to run, comma-separated.")
  var disableAdmissionPlugins: [String] = []

  @Option(
    help: "What admission plugins are set up with: an AdmissionConfiguration of apiserver.config.k8s.io/v1.")
  var admissionControlConfigFile: String?

  @Option(help: "Seconds that pods tolerate a node that is not ready, unless they say otherwise.")
  var defaultNotReadyTolerationSeconds: Int64 = 300

  @Option(help: "Seconds that pods tolerate a node that can't be reached, unless they say otherwise.")
  var defaultUnreachableTolerationSeconds: Int64 = 300

  func apply(to settings: inout DrydockConfiguration) throws {
    settings.enabledAdmissionPlugins = Lists.split(enableAdmissionPlugins)
    settings.disabledAdmissionPlugins = Lists.split(disableAdmissionPlugins)
    settings.admissionControlConfigFile = admissionControlConfigFile
    settings.defaultNotReadyTolerationSeconds = defaultNotReadyTolerationSeconds
    settings.defaultUnreachableTolerationSeconds = defaultUnreachableTolerationSeconds
  }
}
