import Admission

/// What the admission plugins are made with, as the configuration says.
struct AdmissionSettings {
  private let configuration: DrydockConfiguration
  private let file: AdmissionConfiguration?
  private let settings: PluginSettings

  /// Reads the file of `--admission-control-config-file`.
  /// - Throws: one line with the file and what is wrong in it.
  init(_ configuration: DrydockConfiguration) throws(ConfigurationError) {
    self.configuration = configuration
    let flag = "--admission-control-config-file"
    guard let path = configuration.admissionControlConfigFile else {
      file = nil
      settings = PluginSettings()
      return
    }
    do throws(AdmissionConfigurationError) {
      let file = try AdmissionConfiguration(path: path) { path throws(AdmissionConfigurationError) in
        do throws(ConfigurationError) {
          return try Files.read(path, flag: flag)
        } catch {
          throw AdmissionConfigurationError(String(error.description.dropFirst(flag.count + 2)))
        }
      }
      var settings = PluginSettings()
      try file.apply(to: &settings)
      self.settings = settings
      self.file = file
    } catch {
      throw ConfigurationError("\(flag): \(error)")
    }
  }

  func apply(to context: inout AdmissionPlugins.Context) {
    context.settings = settings
    context.notReadyTolerationSeconds = configuration.defaultNotReadyTolerationSeconds
    context.unreachableTolerationSeconds = configuration.defaultUnreachableTolerationSeconds
  }
}
