using Crm.Core;
using Crm.Platform.Features.Account;
using Crm.Web;
using MediatR;

namespace Crm.Platform.Shell;

/// <summary>The switches of the top bar.</summary>
internal sealed class Preferences(IMediator mediator) : IUserPreferences
{
    public Task SetLanguageAsync(string language, CancellationToken ct) => mediator.Send(new SaveProfileCommand { Language = language }, ct);

    public Task SetThemeAsync(string theme, CancellationToken ct) => mediator.Send(new SaveProfileCommand { Theme = theme }, ct);
}
