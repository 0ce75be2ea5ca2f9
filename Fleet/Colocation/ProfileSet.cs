using System.Collections;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Fleet.Colocation;

/// <summary>One profile for every state.</summary>
public sealed class ProfileSet : IEnumerable<Profile>
{
    private readonly Dictionary<ColocationState, Profile> _byState;

    /// <exception cref="ArgumentException">A state has no profile, or two.</exception>
    public ProfileSet(IEnumerable<Profile> profiles)
    {
        _byState = profiles.ToDictionary(profile => profile.State);
        var missing = ColocationStates.All.Where(state => !_byState.ContainsKey(state)).Select(state => state.Id()).ToArray();
        if (missing.Length > 0)
        {
            throw new ArgumentException($"no profile for {string.Join(", ", missing)}", nameof(profiles));
        }
    }

    public Profile this[ColocationState state] => _byState[state];

    /// <summary>SHA-256 over the profiles' digests in the states' order.</summary>
    public string Digest =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', this.Select(profile => profile.Digest)))));

    /// <summary>In the states' order.</summary>
    public IEnumerator<Profile> GetEnumerator() => ColocationStates.All.Select(state => _byState[state]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
