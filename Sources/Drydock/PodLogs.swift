import APIServer

/// The logs of pods in the folder of `--pod-log-dir`.
enum PodLogs {
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
