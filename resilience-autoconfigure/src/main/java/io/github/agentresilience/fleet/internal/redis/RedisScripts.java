package io.github.agentresilience.fleet.internal.redis;

/**
 * What Redis decides in one step, by its own clock. An entry is a field of its topic's
 * hash: {@code 1 <version> <until> <instance> <value>}, both times in microseconds, and
 * {@code 1} the version of the format.
 */
final class RedisScripts {

	private static final String NOW = """
			local t = redis.call('TIME')
			local now = t[1] * 1000000 + t[2]
			""";

	/**
	 * Keeps and tells an entry. Key: the topic's hash. Arguments: channel, topic, key,
	 * value, instance, age and time to live in microseconds, the most entries of a topic.
	 */
	static final String PUT = NOW + """
			local function text(x) return string.format('%.0f', x) end
			local at = now - tonumber(ARGV[6])
			local til = at + tonumber(ARGV[7])
			local value = ARGV[4]
			local old = redis.call('HGET', KEYS[1], ARGV[3])
			if old then
				local oldAt, oldTil, teller, oldValue = string.match(old, '^1 (%d+) (%d+) (%S+) (.*)$')
				if oldAt then
					oldAt = tonumber(oldAt)
					oldTil = tonumber(oldTil)
				end
				if oldAt and oldTil > now then
					-- A clock that was set back, or is another server's
					if oldAt > now then oldAt = now - 1 end
					if oldValue == value then
						if oldTil >= til then return {text(now), old} end
						if oldAt > at then at = oldAt end
					elseif teller == ARGV[5] then
						-- Of one instance the last to come is the latest, however long it took
						at = math.max(at, oldAt + 1)
					elseif oldAt >= at then
						return {text(now), old}
					end
				end
			elseif redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8]) then
				return redis.error_reply('FULL the fleet has too many entries')
			end
			if til <= now then return {text(now)} end
			local entry = '1 ' .. text(at) .. ' ' .. text(til) .. ' ' .. ARGV[5] .. ' ' .. value
			redis.call('HSET', KEYS[1], ARGV[3], entry)
			local left = math.ceil((til - now) / 1000)
			if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], left) end
			redis.call('PUBLISH', ARGV[1], text(now) .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. entry)
			return {text(now), entry}
			""";

	/**
	 * Keeps an entry and tells nobody. Key: the topic's hash. Arguments: key, value,
	 * instance, time to live in microseconds, the most entries of a topic.
	 */
	static final String KEEP = NOW + """
			local function text(x) return string.format('%.0f', x) end
			if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) and not redis.call('HGET', KEYS[1], ARGV[1]) then
				return redis.error_reply('FULL the fleet has too many entries')
			end
			redis.call('HSET', KEYS[1], ARGV[1], '1 ' .. text(now) .. ' ' .. text(now + tonumber(ARGV[4])) .. ' '
				.. ARGV[3] .. ' ' .. ARGV[2])
			local left = math.ceil(tonumber(ARGV[4]) / 1000)
			if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], left) end
			return {text(now)}
			""";

	/**
	 * Tells an entry and keeps nothing. Key: the topic's hash, which is not used but says
	 * to a cluster where to go. Arguments: channel, topic, key, value, instance, time to
	 * live in microseconds.
	 */
	static final String SEND = NOW + """
			local function text(x) return string.format('%.0f', x) end
			redis.call('PUBLISH', ARGV[1], text(now) .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' 1 ' .. text(now) .. ' '
				.. text(now + tonumber(ARGV[6])) .. ' ' .. ARGV[5] .. ' ' .. ARGV[4])
			return {text(now)}
			""";

	/**
	 * Says that an instance is there, and counts those that are; forgets the others. Key:
	 * the hash of instances. Arguments: the instance, its time to live in microseconds,
	 * the most instances.
	 */
	static final String BEAT = NOW + """
			if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[3]) then
				return redis.error_reply('FULL the fleet has too many entries')
			end
			local all = redis.call('HGETALL', KEYS[1])
			for i = 1, #all, 2 do
				local til = tonumber(all[i + 1])
				if not til or til <= now then redis.call('HDEL', KEYS[1], all[i]) end
			end
			redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])))
			redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) / 1000))
			return {string.format('%.0f', now), tostring(redis.call('HLEN', KEYS[1]))}
			""";

	/**
	 * All entries of a topic, each after its key, and the present time before them; takes
	 * away what is over. Key: the topic's hash. Arguments: the most entries, the longest
	 * entry.
	 */
	static final String READ = NOW + """
			local found = {string.format('%.0f', now)}
			if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then
				return redis.error_reply('FULL the fleet has too many entries')
			end
			local all = redis.call('HGETALL', KEYS[1])
			for i = 1, #all, 2 do
				local til = string.match(all[i + 1], '^1 %d+ (%d+) ')
				if til and tonumber(til) <= now then
					redis.call('HDEL', KEYS[1], all[i])
				elseif #all[i] + #all[i + 1] <= tonumber(ARGV[2]) then
					found[#found + 1] = all[i]
					found[#found + 1] = all[i + 1]
				end
			end
			return found
			""";

	/**
	 * Takes or prolongs a lock; says for how many milliseconds another has it. Key: the
	 * lock. Arguments: the owner, the time to live in milliseconds.
	 */
	static final String LOCK = """
			local owner = redis.call('GET', KEYS[1])
			if not owner or owner == ARGV[1] then
				redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
				return 0
			end
			return math.max(1, redis.call('PTTL', KEYS[1]))
			""";

	/** Releases a lock. Key: the lock. Argument: the owner. */
	static final String UNLOCK = """
			if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
			return 0
			""";

	private RedisScripts() {
	}

}
