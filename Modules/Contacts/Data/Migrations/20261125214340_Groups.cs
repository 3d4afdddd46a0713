using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class Groups : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid[]>(
                name: "group_ids",
                schema: "contacts",
                table: "contacts",
                type: "uuid[]",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "groups",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    parent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    english_title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    order = table.Column<int>(type: "integer", nullable: false),
                    active = table.Column<bool>(type: "boolean", nullable: false),
                    merged_into_id = table.Column<Guid>(type: "uuid", nullable: true),
                    folded = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_groups", x => x.id);
                    table.ForeignKey(
                        name: "fk_groups_groups_merged_into_id",
                        column: x => x.merged_into_id,
                        principalSchema: "contacts",
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_groups_groups_parent_id",
                        column: x => x.parent_id,
                        principalSchema: "contacts",
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_contacts_group_ids",
                schema: "contacts",
                table: "contacts",
                column: "group_ids",
                filter: "group_ids is not null")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_groups_merged_into_id",
                schema: "contacts",
                table: "groups",
                column: "merged_into_id");

            migrationBuilder.CreateIndex(
                name: "ux_groups_parent_id_folded",
                schema: "contacts",
                table: "groups",
                columns: new[] { "parent_id", "folded" },
                unique: true,
                filter: "merged_into_id is null")
                .Annotation("Npgsql:NullsDistinct", false);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "groups",
                schema: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_group_ids",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "group_ids",
                schema: "contacts",
                table: "contacts");
        }
    }
}
