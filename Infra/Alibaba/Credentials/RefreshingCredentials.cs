using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>
/// Temporary credentials, fetched anew before they end: in the last sixth of their time, at the latest 3 minutes before. Many callers
/// share one fetch. A fetch that fails while the present ones still hold changes nothing; the next one comes a minute later.
/// </summary>
/// <param name="systemClock">The system clock: servers count a token's time on it.</param>
internal abstract class RefreshingCredentials(TimeProvider systemClock) : CredentialSource
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile Held? _held;
    private Task<Credential>? _fetching;

    private sealed record Held(Credential Credential, DateTimeOffset RefreshAt);

    protected abstract Task<Credential> FetchAsync(CancellationToken cancellationToken);

    public sealed override async ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } held)
        {
            return held;
        }

        Task<Credential> fetching;
        lock (_gate)
        {
            if (Fresh() is { } meanwhile)
            {
                return meanwhile;
            }

            fetching = _fetching ??= RenewAsync();
        }

        // A caller that leaves must not take the fetch away from the others.
        return await fetching.WaitAsync(cancellationToken);
    }

    private Credential? Fresh() => _held is { } held && systemClock.GetUtcNow() < held.RefreshAt ? held.Credential : null;

    private async Task<Credential> RenewAsync()
    {
        await Task.Yield();
        var now = systemClock.GetUtcNow();
        try
        {
            var fetched = await FetchAsync(CancellationToken.None);
            _held = new Held(fetched, RefreshAt(fetched, now));
            return fetched;
        }
        catch (CredentialException) when (_held?.Credential is { } present && present.ExpiresAt > now + TimeSpan.FromSeconds(10))
        {
            _held = new Held(present, now + Pause);
            return present;
        }
        finally
        {
            lock (_gate)
            {
                _fetching = null;
            }
        }
    }

    public sealed override void Refused(Credential credential)
    {
        if (_held is { } held && held.Credential == credential)
        {
            _held = null;
        }
    }

    private static DateTimeOffset RefreshAt(Credential credential, DateTimeOffset now)
    {
        if (credential.ExpiresAt is not { } ends)
        {
            return DateTimeOffset.MaxValue;
        }

        var sixth = (ends - now) / 6;
        return ends - (sixth > Margin ? sixth : Margin);
    }
}
