import Schema
import Values

/// Warnings about files of one volume that overwrite each other, or that a folder of the same name hides.
enum VolumePathWarnings {
  private struct Source: Equatable, CustomStringConvertible {
    let path: String
    let source: String

    var description: String { FieldError.quoted(path) + (source.isEmpty ? "" : " (\(source))") }

    func overlaps(_ other: Source) -> Bool {
      if path.isEmpty || other.path.isEmpty { return false }
      return "\(path)/".hasPrefix("\(other.path)/") || "\(other.path)/".hasPrefix("\(path)/")
    }
  }

  static func overlaps(_ volumes: Field, _ warnings: inout [String]) {
    for volume in volumes.elements {
      for (kind, title) in [("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")]
      {
        let source = volume[kind]
        let name = kind == "secret" ? source["secretName"].text : source["name"].text
        let label = kind == "downwardAPI" ? title : "\(title) \(FieldError.quoted(name))"
        compare(paths(source["items"], ""), volume, label, &warnings)
      }
      var all: [Source] = []
      for source in volume["projected"]["sources"].elements {
        if source.object?.isEmpty ?? true {
          warnings.append(
            "volume \(FieldError.quoted(volume["name"].text)) (Projected) has no sources provided")
        }
        all += projected(source)
      }
      compare(all, volume, "Projected", &warnings)
    }
  }

  private static func compare(
    _ paths: [Source], _ volume: Field, _ label: String, _ warnings: inout [String]
  ) {
    for (i, path) in paths.enumerated() {
      for other in paths[..<i] where path.overlaps(other) {
        warnings.append(
          "volume \(FieldError.quoted(volume["name"].text)) (\(label)): overlapping paths: \(path) with \(other)"
        )
      }
    }
  }

  private static func paths(_ items: Field, _ source: String) -> [Source] {
    items.elements.map { Source(path: trimmed($0["path"].text), source: source) }
  }

  private static func projected(_ source: Field) -> [Source] {
    for (kind, title) in [("configMap", "ConfigMap"), ("secret", "Secret")] where source[kind]["items"].isSet
    {
      return paths(source[kind]["items"], "\(title) \(FieldError.quoted(source[kind]["name"].text))")
    }
    if source["downwardAPI"]["items"].isSet { return paths(source["downwardAPI"]["items"], "DownwardAPI") }
    if source["serviceAccountToken"].isSet {
      return [
        Source(path: trimmed(source["serviceAccountToken"]["path"].text), source: "ServiceAccountToken")
      ]
    }
    let bundle = source["clusterTrustBundle"]
    if bundle.isSet {
      let name = bundle["name"].isSet ? bundle["name"].text : bundle["signerName"].text
      return [
        Source(path: trimmed(bundle["path"].text), source: "ClusterTrustBundle \(FieldError.quoted(name))")
      ]
    }
    let certificate = source["podCertificate"]
    let files = [
      ("credentialBundlePath", "credential bundle"), ("certificateChainPath", "chain"), ("keyPath", "key"),
    ]
    return files.filter { certificate[$0.0].hasText }.map {
      Source(path: trimmed(certificate[$0.0].text), source: "PodCertificate \($0.1)")
    }
  }

  private static func trimmed(_ path: String) -> String {
    String(path.reversed().drop { $0 == "/" }.reversed())
  }
}
