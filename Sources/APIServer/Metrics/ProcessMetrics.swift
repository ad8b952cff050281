import Glibc

/// The metrics that Prometheus clients export about their own process.
enum ProcessMetrics {
  static let gauges = [
    Gauge("process_resident_memory_bytes", "Resident memory size in bytes.") {
      [([], Double(pages(of: 1)) * Double(sysconf(Int32(_SC_PAGESIZE))))]
    },
    Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.") {
      [([], Double(pages(of: 0)) * Double(sysconf(Int32(_SC_PAGESIZE))))]
    },
  ]

  /// A column of /proc/self/statm.
  private static func pages(of column: Int) -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let columns = text.split(separator: " ")
    return column < columns.count ? Int(columns[column]) ?? 0 : 0
  }
}
