using Crm.Contacts.Domain;

namespace Crm.Tests.Contacts;

public sealed class IranianIdTests
{
    [Theory]
    [InlineData("7731689956", true)]
    [InlineData("0013542419", true)]
    [InlineData("3240175800", true)]
    [InlineData("7731685956", false)]
    [InlineData("1111111111", false)]
    [InlineData("c9xk9dkd12", false)]
    public void The_check_digit_of_a_persons_id_is_verified(string id, bool valid) => IranianId.IsPerson(id).Should().Be(valid);

    [Theory]
    [InlineData("14005893875", true)]
    [InlineData("14005893874", false)]
    [InlineData("1400589387", false)]
    public void The_check_digit_of_a_companys_id_is_verified(string id, bool valid) => IranianId.IsCompany(id).Should().Be(valid);

    [Fact]
    public void A_foreigners_paper_is_taken_as_it_is() => IranianId.IsAcceptable("P1234567", ContactKind.Person).Should().BeTrue();
}
