/** The key by which the server knows a request again that is sent twice. */

/** @returns {string} randomUUID is missing on plain http inside a company network; random bytes are not */
export function newRequestKey() {
	return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
