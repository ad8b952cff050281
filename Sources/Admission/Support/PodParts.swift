import Values

/// The lists of containers in a pod's spec, in the order in which Pod Security names them.
enum ContainerList: String, CaseIterable {
  case initContainers
  case containers
  case ephemeralContainers

  /// What messages call one of the list.
  var word: String {
    switch self {
    case .initContainers: "init container"
    case .containers: "container"
    case .ephemeralContainers: "ephemeral container"
    }
  }
}

extension Value {
  /// The text of a field, empty where there is none.
  func text(_ key: String) -> String { self[key]?.string ?? "" }

  /// The elements of a field, none where it is not a list.
  func list(_ key: String) -> [Value] { self[key]?.array ?? [] }

  /// The containers of a pod's spec.
  func containers(_ lists: [ContainerList] = ContainerList.allCases) -> [Value] {
    lists.flatMap { list($0.rawValue) }
  }

  /// Changes each container of a list of a pod's spec, where the list is there.
  mutating func editContainers(_ list: ContainerList, _ change: (inout Value) -> Void) {
    guard self[list.rawValue]?.array != nil else { return }
    self[list.rawValue]?.mutateArray { containers in
      for index in containers.indices { change(&containers[index]) }
    }
  }

  /// The value of an annotation, nil where there is none.
  func annotation(_ key: String) -> String? { self["metadata"]?["annotations"]?[key]?.string }

  /// Whether the pod only shows what a kubelet runs from a file.
  var isMirrorPod: Bool { self["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] != nil }
}

extension Sequence<String> {
  /// Sorted by their UTF-8 bytes, as Go sorts strings.
  func sortedAsBytes() -> [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}

/// Errors as Go prints several of them together: one as it is, more as `[a, b]`, each text once.
func aggregated(_ errors: [String]) -> String {
  var seen = Set<String>()
  let distinct = errors.filter { seen.insert($0).inserted }
  return distinct.count == 1 ? distinct[0] : "[\(distinct.joined(separator: ", "))]"
}
