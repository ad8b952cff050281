import APIServer

/// What stands in for pods from outside: the logs in the folder of `--pod-log-dir`, and the addresses of
/// `--stand-in-address`.
enum PodLogs {
  static func standInAddresses(
    _ configuration: DrydockConfiguration
  ) throws(ConfigurationError) -> StandInAddresses {
    guard let addresses = StandInAddresses(configuration.standInAddresses) else {
      throw ConfigurationError(
        "--stand-in-address: \(configuration.standInAddresses.joined(separator: ", ")) is no IP address with a "
          + "port, such as 127.0.0.1:5432")
    }
    return addresses
  }

  static func files(_ configuration: DrydockConfiguration) -> PodLogFiles {
    guard let folder = configuration.podLogDirectory else { return PodLogFiles() }
    return PodLogFiles { namespace, pod, file in
      // Names of objects have no slashes; what is read stays in the folder.
      let parts = [namespace, pod, file]
      guard parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0x2F) && !$0.hasPrefix(".") }) else {
        return nil
      }
      let path = folder + "/" + parts.joined(separator: "/")
      do throws(ConfigurationError) {
        return String(decoding: try Files.read(path, flag: "--pod-log-dir"), as: UTF8.self)
      } catch {
        return nil
      }
    }
  }
}
