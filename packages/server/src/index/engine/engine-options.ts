import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bounds of one engine process. */
export interface EngineBounds {
  /** Upper bound of what the engine allocates, in bytes. */
  readonly memoryBytes: number
  /** Threads one query may use. */
  readonly queryThreads: number
}

const MEBIBYTE = 1024 * 1024

/** Settings of the engine as a whole: caches small, two background threads, no more memory than allowed. */
function serverSettings(bounds: EngineBounds): Readonly<Record<string, number>> {
  return {
    max_server_memory_usage: bounds.memoryBytes,
    max_thread_pool_size: 256,
    background_pool_size: 2,
    background_fetches_pool_size: 1,
    background_move_pool_size: 1,
    background_common_pool_size: 1,
    background_schedule_pool_size: 2,
    // Pages read columns backwards, a few hundred rows of each block at a time.
    uncompressed_cache_size: 48 * MEBIBYTE,
    // A search for text looks through the n-grams of every granule, 24 bytes a row: read from the file each time, a rare needle
    // in 1,000,000 entries took 22 ms, and takes 17 from memory.
    index_uncompressed_cache_size: 64 * MEBIBYTE,
    mark_cache_size: 48 * MEBIBYTE,
    primary_index_cache_size: 32 * MEBIBYTE,
    index_mark_cache_size: 16 * MEBIBYTE,
    text_index_tokens_cache_size: 16 * MEBIBYTE,
    text_index_header_cache_size: 32 * MEBIBYTE,
    text_index_postings_cache_size: 32 * MEBIBYTE,
    vector_similarity_index_cache_size: MEBIBYTE,
    parquet_metadata_cache_size: MEBIBYTE,
    iceberg_metadata_files_cache_size: MEBIBYTE,
    query_condition_cache_size: 8 * MEBIBYTE,
    compiled_expression_cache_size: 8 * MEBIBYTE,
  }
}

/** Writes the settings that chDB reads from a file alone; gives the path. */
export function writeServerSettings(directory: string, bounds: EngineBounds): string {
  const elements = Object.entries(serverSettings(bounds)).map(
    ([name, value]) => `  <${name}>${value}</${name}>\n`,
  )
  const path = join(directory, 'engine.xml')
  writeFileSync(path, `<clickhouse>\n${elements.join('')}</clickhouse>\n`)
  return path
}

/** Settings of each session, in the command line form in which chDB takes them. */
export function sessionOptions(bounds: EngineBounds): readonly string[] {
  const { memoryBytes, queryThreads } = bounds
  return [
    `--max_threads=${queryThreads}`,
    '--max_insert_threads=1',
    // Grouping by very many values goes on on disk, rather than taking the memory of everyone else.
    `--max_bytes_before_external_group_by=${Math.floor(memoryBytes / 4)}`,
    `--max_bytes_before_external_sort=${Math.floor(memoryBytes / 4)}`,
    `--max_memory_usage=${Math.floor(memoryBytes * 0.6)}`,
    // With either of the two, a page reads far into every part before it looks at what the newest part gave:
    // 20 ms instead of 7 for a filtered page over eight parts.
    '--read_in_order_use_buffering=0',
    '--use_top_k_dynamic_filtering=0',
  ]
}
