using Crm.Platform.Features.Tokens;
using Crm.Testing;

namespace Crm.Tests.Contacts;

/// <summary>API tokens of personas.</summary>
internal static class Tokens
{
    public static Task<string> MakeAsync(CrmApp app, string userName) => app.SendAsync(new CreateTokenCommand { Label = "test " + userName }, userName);
}
