import Glibc
import Values

/// The recorded conversations with a real API server, where the project has them.
enum MergeRecordings {
  struct Step {
    var file: String
    var id: String
    var method: String
    var path: String
    var contentType: String
    var body: Value
    var code: Int64
    var answer: Value
    var ignored: [String]
  }

  private static var directory: String {
    let here = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
    return here.dropLast(3).joined(separator: "/") + "/ConformanceTests/recorded"
  }

  /// False where the checkout has no recordings.
  static var exist: Bool { access(directory, R_OK) == 0 }

  static func steps(of file: String) -> [Step] {
    guard let bytes = read("\(directory)/\(file)"), let document = try? JSON.parse(bytes) else { return [] }
    return (document["steps"]?.array ?? []).map { step in
      let headers = step["headers"]?.object ?? [:]
      return Step(
        file: file, id: step["id"]?.string ?? "", method: step["method"]?.string ?? "",
        path: step["path"]?.string ?? "", contentType: headers["Content-Type"]?.string ?? "",
        body: step["body"] ?? .null, code: step["answer"]?["code"]?.int ?? 0,
        answer: step["answer"]?["body"] ?? .null, ignored: step["ignore"]?.strings ?? [])
    }
  }

  static func allSteps() -> [Step] {
    guard let handle = opendir(directory) else { return [] }
    defer { closedir(handle) }
    var files: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".json") { files.append(name) }
    }
    return files.sorted().flatMap(steps)
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
